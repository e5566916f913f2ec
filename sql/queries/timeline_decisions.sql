-- The decisions that hold on one patient's courses under the criteria in use, told as the calls are.
-- Grain: one row for each course that people decided under one of the criteria.
-- Source: decided_response_view.
-- Caveat: for readers who may see calls. $1: the patient's key; $2: the criteria in use; $3: the course_keys that may be
-- seen (NULL: all).
SELECT
    course_key, criteria_id, criteria_hash, best_response, reason, onset_on, cr_onset_on, relapsed_on, lost_cr_on,
    duration_of_response_days, duration_status, censored_by, case_id, reached_by, decided_at
FROM decided_response_view
WHERE patient_key = $1 AND list_contains($2::TEXT[], criteria_id)
    AND ($3::BIGINT[] IS NULL OR list_contains($3::BIGINT[], course_key))
ORDER BY course_key, criteria_id;
