-- Whose episode it is, and of which disease.
-- Grain: one row if the episode stands.
-- Source: episode_view, patient_view.
-- Caveat: $1 is the episode_id.
SELECT e.patient_key, p.site, e.disease, e.episode_key
FROM episode_view AS e
LEFT JOIN patient_view AS p USING (patient_key)
WHERE e.episode_id = $1
