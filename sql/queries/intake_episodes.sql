-- Stored episodes that an import mentions, with their patient.
-- Grain: an episode.
-- Source: episode and patient; the staged intake_ids.
-- Caveat: an episode whose fact was withdrawn is there.
SELECT episode_id AS id, episode_key AS key, patient_id AS parent
FROM episode JOIN patient USING (patient_key)
WHERE episode_id IN (SELECT id FROM intake_ids)
