-- The response of every course that people decided, told in all that is asked of a response (DEF-REV-16).
-- Grain: one row for each course and criteria set with a decision that holds; of two, taken in from elsewhere, the later.
-- Source: review_decision, review_case, review_step, call, course, episode_fact, course_fact, patient_fact, observation.
-- Caveat: the call stands beside it in call_*, empty where there is none. What a decision does not say is the call's
-- where it fits: CR onset within the decided response; duration and its end where level, onset and relapse are alike.
-- Else a response runs to its decided relapse, or to where the call saw it end; where the call saw no response, or a
-- relapse that people did not, to the death or the last evaluable count before the next course and the data cut.
-- Remission off treatment is the call's where the relapse is dated alike, else not known. Not for a blind reader.
CREATE VIEW decided_response_view AS
WITH holding AS (
    SELECT
        c.case_id, c.course_key, c.patient_key, c.criteria_id, c.criteria_hash, c.data_cut_on,
        d.level, d.onset_on, d.lost_cr_on, d.relapsed_on, d.reached_by, d.decided_at
    FROM review_decision AS d
    JOIN review_case AS c USING (case_key)
    WHERE NOT EXISTS (SELECT 1 FROM review_step AS s WHERE s.case_key = d.case_key AND s.state = 'stale')
    QUALIFY
        row_number() OVER (
            PARTITION BY c.patient_key, c.course_key, c.criteria_id ORDER BY d.decided_at DESC, c.case_id
        ) = 1
),

beside AS (
    SELECT
        h.*,
        e.disease, e.episode_key, f.started_on, p.died_on, j.criteria_hash AS call_criteria_hash,
        j.best_response AS call_response, j.reason AS call_reason, j.onset_on AS call_onset_on,
        j.cr_onset_on AS call_cr_onset_on, j.lost_cr_on AS call_lost_cr_on, j.relapsed_on AS call_relapsed_on,
        j.duration_of_response_days AS call_days, j.duration_status AS call_status, j.censored_by AS call_censored_by,
        j.srot30, j.srot50, j.judged_seq,
        h.onset_on IS NOT NULL AND h.relapsed_on IS NULL AS goes_on,
        j.course_key IS NOT NULL
        AND h.level = j.best_response
        AND h.onset_on IS NOT DISTINCT FROM j.onset_on
        AND h.relapsed_on IS NOT DISTINCT FROM j.relapsed_on AS alike,
        coalesce(
            j.duration_status IN ('censored', 'death') AND j.onset_on + j.duration_of_response_days >= h.onset_on, false
        ) AS ends_like_call
    FROM holding AS h
    JOIN course AS k USING (course_key)
    JOIN episode_fact AS e ON e.episode_key = k.episode_key AND e.superseded_by IS NULL
    JOIN course_fact AS f ON f.course_key = h.course_key AND f.superseded_by IS NULL
    LEFT JOIN patient_fact AS p ON p.patient_key = h.patient_key AND p.superseded_by IS NULL
    LEFT JOIN call AS j ON j.course_key = h.course_key AND j.criteria_id = h.criteria_id
),

followed AS (
    SELECT b.case_id, min(f.started_on) AS next_on
    FROM beside AS b
    JOIN course_view AS f
        ON f.patient_key = b.patient_key AND f.disease = b.disease AND f.started_on > b.started_on
        AND NOT f.is_note AND NOT f.is_maintenance
    WHERE b.goes_on AND NOT b.alike AND NOT b.ends_like_call
    GROUP BY b.case_id
),

seen AS (
    SELECT b.case_id, max(o.observed_on) AS last_on
    FROM beside AS b
    LEFT JOIN followed AS n USING (case_id)
    JOIN observation AS o
        ON o.patient_key = b.patient_key
        AND o.analyte = CASE b.disease WHEN 'ITP' THEN 'platelets' ELSE 'hemoglobin' END
        AND o.observed_on >= b.onset_on
        AND o.observed_on <= b.data_cut_on
        AND (n.next_on IS NULL OR o.observed_on < n.next_on)
    WHERE b.goes_on AND NOT b.alike AND NOT b.ends_like_call
        AND o.superseded_by IS NULL
        AND o.not_evaluable IS NULL
    GROUP BY b.case_id
),

ended AS (
    SELECT
        b.*,
        n.next_on,
        b.died_on >= b.onset_on AND b.died_on <= b.data_cut_on AND (n.next_on IS NULL OR b.died_on < n.next_on)
            AS died_in_response,
        coalesce(s.last_on, b.onset_on) AS last_on
    FROM beside AS b
    LEFT JOIN followed AS n USING (case_id)
    LEFT JOIN seen AS s USING (case_id)
)

SELECT
    course_key, patient_key, episode_key, criteria_id, criteria_hash, level AS best_response, onset_on, lost_cr_on, relapsed_on,
    CASE WHEN level = call_response THEN call_reason END AS reason,
    CASE
        WHEN level = 'CR' AND call_response = 'CR'
            AND call_cr_onset_on >= onset_on
            AND call_cr_onset_on <= coalesce(lost_cr_on, relapsed_on, call_cr_onset_on)
        THEN call_cr_onset_on
    END AS cr_onset_on,
    CASE
        WHEN alike THEN call_days
        WHEN onset_on IS NULL THEN NULL
        WHEN relapsed_on IS NOT NULL THEN relapsed_on - onset_on
        WHEN ends_like_call THEN call_onset_on + call_days - onset_on
        WHEN died_in_response THEN died_on - onset_on
        ELSE last_on - onset_on
    END AS duration_of_response_days,
    CASE
        WHEN alike OR (goes_on AND ends_like_call) THEN call_status
        WHEN onset_on IS NULL THEN 'none'
        WHEN relapsed_on IS NOT NULL THEN 'event'
        WHEN died_in_response THEN 'death'
        ELSE 'censored'
    END AS duration_status,
    CASE
        WHEN alike OR (goes_on AND ends_like_call) THEN call_censored_by
        WHEN NOT goes_on THEN NULL
        WHEN died_in_response THEN 'death'
        WHEN next_on IS NOT NULL THEN 'next_course'
        ELSE 'last_count'
    END AS censored_by,
    CASE WHEN relapsed_on IS NOT DISTINCT FROM call_relapsed_on THEN srot30 END AS srot30,
    CASE WHEN relapsed_on IS NOT DISTINCT FROM call_relapsed_on THEN srot50 END AS srot50,
    case_id, reached_by, decided_at, data_cut_on,
    call_response, call_onset_on, call_lost_cr_on, call_relapsed_on, judged_seq
FROM ended;
