-- The diseases of some patients, for a list.
-- Grain: one row for each patient with an episode that is not withdrawn.
-- Source: episode, episode_fact.
-- Caveat: the disease that began first stands first.
-- $1: the keys of the patients.
SELECT e.patient_key, string_agg(f.disease, ' + ' ORDER BY f.onset_on) AS diseases, min(f.onset_on) AS onset_on
FROM episode_fact AS f
JOIN episode AS e USING (episode_key)
WHERE f.superseded_by IS NULL AND e.patient_key IN (SELECT unnest($1::INTEGER[]))
GROUP BY e.patient_key
