-- The transfusions of one patient, in order of day.
-- Grain: one row for each transfusion that is not withdrawn.
-- Source: transfusion.
-- Caveat: units is text as reported.
-- $1: the patient's key.
SELECT transfusion_id, given_on, product, units, reason
FROM transfusion
WHERE patient_key = $1 AND superseded_by IS NULL
ORDER BY given_on, transfusion_id;
