-- One patient by pseudonym, with the key that the other timeline queries take.
-- Grain: one row, or none if no such patient is known now.
-- Source: patient_view.
-- Caveat: the caller checks that the reader may read at this site before anything else is read.
-- $1: the pseudonym.
SELECT patient_key, patient_id, site, sex, born_on, last_contact_on, died_on, death_cause
FROM patient_view
WHERE patient_id = $1;
