-- The evidence of one call, in the order of its reasoning.
-- Grain: one row for each piece of evidence.
-- Source: evidence_view.
-- Caveat: $1 is the course_id, $2 the criteria set, $3 the patient_key, which keeps the big table out of it.
SELECT step, source, observation_id, observed_on, predicate, threshold, value, unit, analyte, held = 'yes'
FROM evidence_view
WHERE course_id = $1 AND criteria_id = $2 AND patient_key = $3
ORDER BY position
