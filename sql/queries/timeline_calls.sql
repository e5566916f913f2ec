-- The calls on one patient's courses under the criteria in use, with whether they are up to date.
-- Grain: one row for each current course that is judged under one of the criteria.
-- Source: call, course, course_fact, touched.
-- Caveat: for readers who may see the machine's calls; to_judge says that the patient changed since.
-- $1: the patient's key; $2: the criteria in use.
SELECT
    k.course_id, c.criteria_id, c.criteria_hash, c.engine_version, c.best_response, c.reason,
    c.baseline_e6::DOUBLE / 1000000 AS baseline,
    c.onset_on, c.cr_onset_on, c.relapsed_on, c.lost_cr_on, c.duration_of_response_days, c.duration_status,
    c.censored_by, c.flags, c.defaults_applied,
    c.judged_seq < (SELECT max(t.change_seq) FROM touched AS t WHERE t.patient_key = $1) AS to_judge
FROM call AS c
JOIN course AS k USING (course_key)
JOIN course_fact AS f ON f.course_key = c.course_key AND f.superseded_by IS NULL
WHERE c.patient_key = $1 AND list_contains($2::TEXT[], c.criteria_id)
ORDER BY f.started_on, k.course_id, c.criteria_id;
