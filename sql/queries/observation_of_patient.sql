-- The observations of one patient in all their versions.
-- Grain: one row for each version of an observation.
-- Source: observation.
-- Caveat: $1 is the patient_key; stands in for observation within a snapshot.
SELECT *
FROM main.observation
WHERE patient_key = $1
