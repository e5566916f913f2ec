-- The keys of one patient's adverse events.
-- Grain: one row for each adverse event.
-- Source: adverse_event.
-- Caveat: anchors only; withdrawn ones are among them.
-- $1: the patient's key.
SELECT adverse_event_key, adverse_event_id
FROM adverse_event
WHERE patient_key = $1;
