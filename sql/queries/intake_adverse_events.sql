-- Stored adverse events that an import mentions, with their patient.
-- Grain: an adverse event.
-- Source: adverse_event and patient; the staged intake_ids.
-- Caveat: an adverse event whose fact was withdrawn is there.
SELECT adverse_event_id AS id, adverse_event_key AS key, patient_id AS parent
FROM adverse_event JOIN patient USING (patient_key)
WHERE adverse_event_id IN (SELECT id FROM intake_ids)
