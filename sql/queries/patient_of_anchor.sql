-- The patient of an episode.
-- Grain: one row if there is such an episode.
-- Source: episode, patient.
-- Caveat: $1 is the episode_id; one that was withdrawn counts too.
SELECT p.patient_id
FROM episode AS e
JOIN patient AS p USING (patient_key)
WHERE e.episode_id = $1
