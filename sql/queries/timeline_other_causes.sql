-- Other recorded explanations of one patient's low counts, in order of day.
-- Grain: one row for each first day, disease and cause that is not withdrawn.
-- Source: other_cause.
-- Caveat: cause is free text.
-- $1: the patient's key.
SELECT started_on, ended_on, disease, cause
FROM other_cause
WHERE patient_key = $1 AND superseded_by IS NULL
ORDER BY started_on, disease, cause;
