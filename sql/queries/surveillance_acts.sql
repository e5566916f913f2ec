-- Surveillance: what was done about the patients of a programme, for its measures.
-- Grain: one row for each current outcome by the day asked, by patient.
-- Source: infused (surveillance_infused.sql); current rows of outcome.
-- Caveat: which outcomes are contact is for adjudication/surveillance/contact.py to say.
-- $1: the plan, as in worklist_watched.sql.
SELECT patient_key, outcome, done_on
FROM outcome
JOIN infused USING (patient_key)
WHERE place = ($1).place AND superseded_by IS NULL AND done_on <= ($1).as_of
ORDER BY patient_key
