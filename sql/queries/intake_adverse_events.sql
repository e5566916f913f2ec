-- Stored adverse events among the staged intake_ids, with their patient. Grain: an adverse event.
SELECT adverse_event_id AS id, adverse_event_key AS key, patient_id AS parent
FROM adverse_event JOIN patient USING (patient_key)
WHERE adverse_event_id IN (SELECT id FROM intake_ids)
