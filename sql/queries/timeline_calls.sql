-- The calls on one patient's courses under the criteria in use, with whether they are up to date.
-- Grain: one row for each course that is judged under one of the criteria.
-- Source: call, judging, touched.
-- Caveat: for readers who may see the machine's calls; to_judge says that the patient changed since it was last judged,
-- which may have been after judged_seq: a call that comes out the same is not stored again.
-- $1: the patient's key; $2: the criteria in use; $3: the course_keys that may be seen (NULL: all).
SELECT
    course_key, criteria_id, call.criteria_hash, call.engine_version, best_response, reason,
    baseline_e6::DOUBLE / 1000000 AS baseline,
    onset_on, cr_onset_on, relapsed_on, lost_cr_on, duration_of_response_days, duration_status, censored_by, flags,
    defaults_applied, held_until, lost_on, phase, in_response_days, observed_days, er_7d, ir_1m, dr_6m, rem_12m,
    greatest(judged_seq, coalesce(g.until_seq, 0))
    < (SELECT max(t.change_seq) FROM touched AS t WHERE t.patient_key = $1) AS to_judge
FROM call
LEFT JOIN judging AS g USING (criteria_id)
WHERE patient_key = $1 AND list_contains($2::TEXT[], criteria_id)
    AND ($3::BIGINT[] IS NULL OR list_contains($3::BIGINT[], course_key))
ORDER BY course_key, criteria_id;
