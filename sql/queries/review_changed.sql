-- Decisions that hold, of which the judge has read something else since, with the call as it is now; and cases without
-- a decision whose call is gone.
-- Grain: one row for each such case; the columns of the call are empty where there is none any more.
-- Source: review_case_view, counted_patient_view, call, call_view.
-- Caveat: what was read differs already when a later count was added; whether the decision still answers is told row
-- by row, in registry.review.reopening.
WITH holding AS (
    SELECT c.*
    FROM review_case_view AS c
    SEMI JOIN counted_patient_view AS p ON p.patient_key = c.patient_key
    LEFT JOIN call AS j ON j.course_key = c.course_key AND j.criteria_id = c.criteria_id
    WHERE (c.state IN ('proposed', 'one_read', 'disputed') AND j.course_key IS NULL)
        OR c.state IN ('agreed', 'resolved')
        AND (
            j.course_key IS NULL
            OR format('{:016x}', j.series_fingerprint) <> c.series_fingerprint
            OR j.criteria_hash <> c.criteria_hash
            OR j.engine_version <> c.engine_version
        )
)

SELECT
    c.case_key, c.case_id, c.state, c.agents_masked, c.evidence, c.machine_response, c.machine_reason,
    c.machine_onset_on, c.machine_cr_onset_on, c.machine_lost_cr_on, c.machine_relapsed_on, c.started_on,
    c.patient_key,
    v.course_key, v.course_id, v.patient_key, v.disease, v.criteria_id, v.criteria_hash, v.engine_version,
    v.series_fingerprint, v.best_response, v.reason, v.onset_on, v.cr_onset_on, v.lost_cr_on, v.relapsed_on,
    v.started_on, v.flags, v.defaults_applied, NULL AS near, NULL AS challenged, NULL AS rests_until
FROM holding AS c
LEFT JOIN call_view AS v ON v.course_key = c.course_key AND v.criteria_id = c.criteria_id
ORDER BY c.case_key
