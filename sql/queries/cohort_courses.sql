-- Every course of the patients of a cohort, its final response and what followed, kept as the table cohort_course.
-- Grain: one row for each course; chosen says whether the filter means it.
-- Source: course_view, episode_view, course_agent_view, final_response_view, cohort_patient, plan.
-- Caveat: next_on is the start of the next course for the same disease, perhaps on the same day; until_on that of the
-- next on a later day, else the end of follow-up; watch and wait after an active course is a note (is_note) and no next
-- course. stopped is about agents of the named classes: all their dose steps
-- ended, in a response not lost before, and no next course began that day; agent_days run from their first to their
-- last dose. decided says that people gave the response; the call stands beside it. {responses} is
-- final_response_view, or call_response_view where nobody decided anything, which is planned faster. aims leaves out
-- observation and maintenance, which are not meant to bring a response.
WITH given AS (
    SELECT
        course_key,
        min(started_on) AS first_on,
        CASE WHEN bool_and(stopped_on IS NOT NULL) THEN max(stopped_on) END AS last_on
    FROM course_agent_view, plan
    WHERE list_contains(plan.classes, agent_class)
    GROUP BY course_key
),

course AS (
    SELECT
        c.patient_key, c.course_key, c.patient_id, c.course_id, c.disease, p.evans, p.site, p.died_on, p.followed_to,
        c.started_on, c.stopped_on, c.ongoing, c.intent, c.line_number, c.regimen,
        e.onset_on AS disease_onset_on,
        coalesce(e.primary_or_secondary = 'primary', false) AS is_primary,
        c.is_note, c.agents,
        min(CASE WHEN NOT c.is_note THEN c.started_on END) OVER (
            PARTITION BY c.patient_key, c.disease ORDER BY c.started_on, c.course_id
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS next_on,
        min(CASE WHEN NOT c.is_note AND c.started_on <= p.followed_to THEN c.started_on END) OVER (
            PARTITION BY c.patient_key, c.disease ORDER BY c.started_on
            GROUPS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS later_on
    FROM course_view AS c
    JOIN cohort_patient AS p USING (patient_key)
    JOIN episode_view AS e USING (episode_key)
),

judged AS (
    SELECT
        c.*,
        coalesce(c.line_number > 0 AND c.intent IS DISTINCT FROM 'maintenance', false) AS aims,
        coalesce(c.later_on, c.followed_to) AS until_on,
        j.best_response, j.onset_on, j.cr_onset_on, j.relapsed_on, j.lost_cr_on,
        j.duration_status, j.duration_of_response_days, j.srot30, j.srot50,
        coalesce(j.provenance = 'decision', false) AS decided,
        j.reached_by, j.decided_at, j.call_response, j.call_onset_on, j.call_lost_cr_on, j.call_relapsed_on,
        coalesce(j.best_response IN ('CR', 'R', 'PR'), false) AS responded,
        g.first_on,
        CASE
            WHEN c.ongoing IS DISTINCT FROM 'yes'
                AND g.last_on IS DISTINCT FROM c.next_on
                AND g.last_on <= coalesce(j.relapsed_on, g.last_on)
            THEN g.last_on
        END AS last_on,
        (plan.disease IS NULL OR c.disease = plan.disease)
        AND (plan.regimens IS NULL OR coalesce(list_contains(plan.regimens, c.regimen), false))
        AND (plan.line_from IS NULL OR coalesce(c.line_number >= plan.line_from, false))
        AND (plan.line_to IS NULL OR coalesce(c.line_number <= plan.line_to, false))
        AND (plan.started_from IS NULL OR c.started_on >= plan.started_from)
        AND (plan.started_to IS NULL OR c.started_on <= plan.started_to)
        AND (plan.setting IS DISTINCT FROM 'primary' OR c.is_primary) AS chosen
    FROM course AS c
    CROSS JOIN plan
    LEFT JOIN given AS g USING (course_key)
    LEFT JOIN {responses} AS j
        ON j.course_key = c.course_key
        AND j.criteria_id = CASE c.disease WHEN 'ITP' THEN plan.itp ELSE plan.aiha END
)

SELECT
    *,
    relapsed_on IS NOT NULL AS relapsed,
    responded AND last_on IS NOT NULL AS stopped,
    CASE WHEN responded THEN last_on - first_on END AS agent_days
FROM judged
