-- Every course of the patients of a cohort, its final response and what followed, kept as the table cohort_course.
-- Grain: one row for each course; courses of one episode that began on one day are one row (member_keys names them),
-- under the regimen of all their agents (DEF-ITP-28). chosen says whether the filter means it.
-- Source: course_view, shared_start_view, episode_view, course_agent_view, call, final_response_view, cohort_patient, plan.
-- Caveat: of a combination the response that counts is that of the course whose agents had the longest time: dependence
-- on corticosteroids, else the best, and not evaluable before no response. continues: maintenance after an active course,
-- as recorded, or given to spare corticosteroids and started in response: it has no line number and is no next line
-- (next_line_on). next_on is the next course that is no note of watch and wait; later_on the same if it began within the
-- follow-up, until_on that or the end of follow-up. stopped is about agents of the named classes: all their dose steps
-- ended, in a response not lost before, and no next course began that day; agent_days run from their first to their last
-- dose. decided says that people gave the response; the call stands beside it. {responses} is final_response_view, or
-- call_response_view where nobody decided anything, which is planned faster. aims leaves out observation and what started
-- in response, which are not judged for response (without a call: maintenance). not_yet: too early to be judged, and its
-- window is open at the last day of follow-up. followed: started in response, of which lost_on is the day of its loss.
WITH member AS (
    SELECT unnest(s.course_keys) AS course_key, s.*
    FROM shared_start_view AS s
    JOIN cohort_patient USING (patient_key)
),

given AS (
    SELECT
        coalesce(m.course_keys[1], a.course_key) AS group_key,
        min(a.started_on) AS first_on,
        CASE WHEN bool_and(a.stopped_on IS NOT NULL) THEN max(a.stopped_on) END AS last_on
    FROM course_agent_view AS a
    CROSS JOIN plan
    LEFT JOIN member AS m USING (course_key)
    WHERE list_contains(plan.classes, a.agent_class)
    GROUP BY ALL
),

judged AS (
    SELECT
        c.patient_key, c.course_key, c.patient_id, c.course_id, c.disease, p.evans, p.site, p.died_on, p.followed_to,
        c.started_on, c.start_reason,
        coalesce(m.course_keys, [c.course_key]) AS member_keys,
        CASE WHEN m.course_key IS NULL THEN c.stopped_on ELSE m.stopped_on END AS stopped_on,
        CASE WHEN m.course_key IS NULL THEN c.ongoing ELSE m.ongoing END AS ongoing,
        CASE WHEN m.course_key IS NULL THEN c.regimen ELSE m.regimen END AS regimen,
        CASE WHEN m.course_key IS NULL THEN c.agents ELSE m.agents END AS agents,
        coalesce(m.line_number, c.line_number) AS recorded_line,
        c.line_number_supplied IS NOT NULL AS is_numbered,
        coalesce(m.is_observed, c.line_number IS NOT DISTINCT FROM 0) AS is_observed,
        coalesce(m.is_maintenance, c.is_maintenance) AS is_maintenance,
        coalesce(m.is_note, c.is_note) AS is_note,
        e.onset_on AS disease_onset_on,
        coalesce(e.primary_or_secondary = 'primary', false) AS is_primary,
        j.best_response, j.reason, j.onset_on, j.cr_onset_on, j.relapsed_on, j.lost_cr_on,
        j.duration_status, j.duration_of_response_days,
        bool_or(j.srot30) OVER together AS srot30,
        bool_or(j.srot50) OVER together AS srot50,
        coalesce(j.provenance = 'decision', false) AS decided,
        j.reached_by, j.decided_at, j.call_response, j.call_onset_on, j.call_lost_cr_on, j.call_relapsed_on,
        coalesce(j.best_response IN ('CR', 'R', 'PR'), false) AS responded,
        coalesce(j.best_response = 'NE' AND j.reason = 'started_in_response', false) AS followed,
        k.held_until, k.lost_on, k.er_7d, k.ir_1m, k.dr_6m, k.rem_12m
    FROM course_view AS c
    JOIN cohort_patient AS p USING (patient_key)
    JOIN episode_view AS e USING (episode_key)
    CROSS JOIN plan
    LEFT JOIN member AS m ON m.course_key = c.course_key
    LEFT JOIN {responses} AS j
        ON j.course_key = c.course_key
        AND j.criteria_id = CASE c.disease WHEN 'ITP' THEN plan.itp ELSE plan.aiha END
    LEFT JOIN call AS k ON k.course_key = j.course_key AND k.criteria_id = j.criteria_id
    WINDOW together AS (PARTITION BY coalesce(m.course_keys[1], c.course_key))
    QUALIFY row_number() OVER (together ORDER BY
        CASE
            WHEN j.reason = 'corticosteroid_dependent' THEN 0
            WHEN j.best_response = 'CR' THEN 1
            WHEN j.best_response IN ('R', 'PR') THEN 2
            WHEN j.best_response = 'NE' THEN 3
            WHEN j.best_response = 'NR' THEN 4
            ELSE 5
        END,
        c.course_id
    ) = 1
),

placed AS (
    SELECT
        *,
        is_maintenance
        OR (
            followed
            AND coalesce(start_reason = 'steroid_sparing', false)
            AND started_on > min(started_on) FILTER (WHERE NOT is_observed) OVER (PARTITION BY patient_key, disease)
        ) AS continues
    FROM judged
),

course AS (
    SELECT
        *,
        CASE
            WHEN is_observed THEN 0
            WHEN continues THEN NULL
            WHEN is_numbered THEN recorded_line
            ELSE dense_rank() OVER (PARTITION BY patient_key, disease, is_observed, continues ORDER BY started_on)
        END::SMALLINT AS line_number,
        min(started_on) FILTER (WHERE NOT is_note) OVER after AS next_on,
        min(started_on) FILTER (WHERE NOT is_note AND NOT continues AND started_on <= followed_to) OVER after AS next_line_on
    FROM placed
    WINDOW after AS (
        PARTITION BY patient_key, disease ORDER BY started_on GROUPS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
    )
),

bounded AS (
    SELECT
        c.*,
        CASE WHEN c.next_on <= c.followed_to THEN c.next_on END AS later_on,
        c.best_response = 'NE' AND c.reason = 'too_early' AND c.next_on IS NULL AND c.died_on IS NULL
        AND NOT EXISTS (
            SELECT 1
            FROM placed AS o
            WHERE o.patient_key = c.patient_key
                AND o.disease <> c.disease
                AND NOT o.is_observed
                AND o.started_on > c.started_on
                AND NOT list_has_all(
                    CASE c.disease WHEN 'ITP' THEN plan.silent_on_itp ELSE plan.silent_on_aiha END,
                    string_split(o.agents, '+')
                )
        ) AS waits
    FROM course AS c
    CROSS JOIN plan
),

ended AS (
    SELECT
        c.*,
        NOT c.is_observed
        AND CASE WHEN c.best_response IS NULL THEN NOT c.continues ELSE NOT c.followed END AS aims,
        coalesce(c.waits AND NOT c.is_observed, false) AS not_yet,
        coalesce(c.later_on, c.followed_to) AS until_on,
        g.first_on,
        CASE
            WHEN c.ongoing IS DISTINCT FROM 'yes'
                AND g.last_on IS DISTINCT FROM c.next_on
                AND g.last_on <= coalesce(c.relapsed_on, g.last_on)
            THEN g.last_on
        END AS last_on,
        (plan.disease IS NULL OR c.disease = plan.disease)
        AND (plan.regimens IS NULL OR coalesce(list_contains(plan.regimens, c.regimen), false))
        AND (plan.line_from IS NULL OR coalesce(c.line_number >= plan.line_from, false))
        AND (plan.line_to IS NULL OR coalesce(c.line_number <= plan.line_to, false))
        AND (plan.started_from IS NULL OR c.started_on >= plan.started_from)
        AND (plan.started_to IS NULL OR c.started_on <= plan.started_to)
        AND (plan.setting IS DISTINCT FROM 'primary' OR c.is_primary) AS chosen
    FROM bounded AS c
    CROSS JOIN plan
    LEFT JOIN given AS g ON g.group_key = c.member_keys[1]
)

SELECT
    *,
    relapsed_on IS NOT NULL AS relapsed,
    responded AND last_on IS NOT NULL AS stopped,
    CASE WHEN responded THEN last_on - first_on END AS agent_days
FROM ended
