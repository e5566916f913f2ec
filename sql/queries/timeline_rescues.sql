-- The rescues of one patient, in order of day.
-- Grain: one row for each rescue that is not withdrawn.
-- Source: rescue.
-- Caveat: a rescue is no course.
-- $1: the patient's key.
SELECT rescue_id, given_on, agent, reason
FROM rescue
WHERE patient_key = $1 AND superseded_by IS NULL
ORDER BY given_on, rescue_id;
