-- How many calls of a criteria set are stored for some patients.
-- Grain: one row, one number.
-- Source: call.
-- Caveat: $1 is the criteria set, $2 and $3 the first and last patient_key.
SELECT count(*) FROM call WHERE criteria_id = $1 AND patient_key BETWEEN $2 AND $3
