-- What one stored call cites.
-- Grain: one row for each piece of evidence, in the order of the call's reasoning.
-- Source: evidence_view.
-- Caveat: $1 is the course_key, $2 the criteria set; the value is that of the cited version.
SELECT step, source, observation_id, observed_on, predicate, threshold, value, held
FROM evidence_view
WHERE course_key = $1 AND criteria_id = $2
ORDER BY position
