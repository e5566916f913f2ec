-- The deaths of some patients.
-- Grain: one row for each patient in range who died.
-- Source: patient_fact.
-- Caveat: $1 and $2 are the first and last patient_key.
SELECT patient_key, died_on
FROM patient_fact
WHERE superseded_by IS NULL AND died_on IS NOT NULL AND patient_key BETWEEN $1 AND $2
