-- Patients with an episode of some diseases, as a condition of patient_search.
-- Grain: one row for each episode that is not withdrawn.
-- Source: episode, episode_fact.
-- Caveat: a patient with Evans syndrome has both diseases.
-- {diseases}: the parameter with the diseases (NULL: any).
SELECT e.patient_key
FROM episode_fact AS f
JOIN episode AS e USING (episode_key)
WHERE f.superseded_by IS NULL
    AND ({diseases}::TEXT[] IS NULL OR list_contains({diseases}::TEXT[], f.disease))
