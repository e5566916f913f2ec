-- The episodes of one patient, in order of onset.
-- Grain: one row for each episode that is not withdrawn.
-- Source: episode_view.
-- Caveat: an episode without any date comes last.
-- $1: the patient's key.
SELECT episode_id, disease, onset_on, diagnosed_on, primary_or_secondary, cause, dat_result, ended_on
FROM episode_view
WHERE patient_key = $1
ORDER BY coalesce(onset_on, diagnosed_on) NULLS LAST, episode_id;
