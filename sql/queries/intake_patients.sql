-- Stored patients that an import mentions, with their current life dates.
-- Grain: a patient.
-- Source: patient and patient_fact; the staged intake_ids.
-- Caveat: a patient whose fact was withdrawn is there, without dates.
SELECT patient_id AS id, patient.patient_key AS key, fact.born_on, fact.died_on
FROM patient
LEFT JOIN patient_fact AS fact ON fact.patient_key = patient.patient_key AND fact.superseded_by IS NULL
WHERE patient_id IN (SELECT id FROM intake_ids)
