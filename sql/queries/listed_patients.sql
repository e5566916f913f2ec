-- What is known of some patients, for a list.
-- Grain: one row for each patient asked for that is not withdrawn, in no order.
-- Source: patient, patient_fact.
-- Caveat: keys are asked for by IN, which reads only their part of the tables; joined to more, all would be read.
-- $1: the keys of the patients.
SELECT f.patient_key, p.patient_id, f.site, f.sex, f.born_on, f.last_contact_on, f.died_on
FROM patient_fact AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL AND f.patient_key IN (SELECT unnest($1::INTEGER[]))
