-- The episodes of one patient.
-- Grain: one row for each current episode that began by the data cut.
-- Source: episode, episode_fact.
-- Caveat: $1 is the patient_key, $2 the last day that is shown; texts that may name a place are left out.
SELECT d.row_key, e.episode_id, d.disease, d.onset_on, d.diagnosed_on, d.primary_or_secondary, d.dat_result, d.ended_on
FROM episode AS e
JOIN episode_fact AS d ON d.episode_key = e.episode_key AND d.superseded_by IS NULL
WHERE e.patient_key = $1 AND d.onset_on <= $2
ORDER BY d.onset_on, e.episode_id
