-- Stored episodes among the staged intake_ids, with their patient. Grain: an episode.
SELECT episode_id AS id, episode_key AS key, patient_id AS parent
FROM episode JOIN patient USING (patient_key)
WHERE episode_id IN (SELECT id FROM intake_ids)
