-- every observation belongs to a patient
-- Grain: one row for each observation that does not.
-- Source: observation, patient.
-- Caveat: stands for the foreign key that observation does not have.
SELECT o.row_key, o.observation_id
FROM observation AS o
WHERE NOT EXISTS (SELECT 1 FROM patient AS p WHERE p.patient_key = o.patient_key)
ORDER BY o.row_key
