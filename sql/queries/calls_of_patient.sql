-- What tells whether the calls of one patient came out different.
-- Grain: one row for each call of the patient under some criteria sets.
-- Source: call.
-- Caveat: $1 is the patient_key, $2 the list of criteria sets.
SELECT
    criteria_id, course_key, best_response, series_fingerprint, criteria_hash, engine_version, phase, evidence
FROM call
WHERE patient_key = $1 AND list_contains($2, criteria_id)
