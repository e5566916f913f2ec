-- One patient by pseudonym, with the key that the other timeline queries take.
-- Grain: one row, or none if no such patient is known now.
-- Source: patient, patient_fact.
-- Caveat: the caller checks that the reader may read at this site before anything else is read.
-- $1: the pseudonym.
SELECT p.patient_key, p.patient_id, f.site, f.sex, f.born_on, f.last_contact_on, f.died_on, f.death_cause
FROM patient AS p
JOIN patient_fact AS f USING (patient_key)
WHERE p.patient_id = $1 AND f.superseded_by IS NULL;
