-- The final responses of one patient.
-- Grain: one row for each course and criteria set that may be seen.
-- Source: final_response_view.
-- Caveat: $1 is the patient_key, $2 the criteria sets, $3 the course_keys that may be seen (NULL: all).
SELECT
    course_id, criteria_id, provenance, best_response, onset_on, cr_onset_on, lost_cr_on, relapsed_on,
    duration_of_response_days, duration_status, censored_by, reason, reached_by, decided_at, case_id, call_response,
    call_onset_on, call_lost_cr_on, call_relapsed_on, to_judge
FROM final_response_view
WHERE patient_key = $1
    AND list_contains($2::TEXT[], criteria_id)
    AND ($3::BIGINT[] IS NULL OR list_contains($3::BIGINT[], course_key))
ORDER BY started_on, course_id, criteria_id
