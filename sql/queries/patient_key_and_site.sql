-- The key and the hospital of one patient.
-- Grain: one row if there is such a patient.
-- Source: patient, patient_fact.
-- Caveat: $1 is the patient_id.
SELECT p.patient_key, f.site
FROM patient AS p
LEFT JOIN patient_fact AS f ON f.patient_key = p.patient_key AND f.superseded_by IS NULL
WHERE p.patient_id = $1
