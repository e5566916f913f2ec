-- What is known now of one patient's episodes.
-- Grain: one row for each episode that is not withdrawn.
-- Source: episode_fact.
-- Caveat: plain and by key, because planning a join takes longer than reading one patient.
-- $1, $2: the lowest and the highest key of the patient's episodes; $3: all of them.
SELECT episode_key, disease, onset_on, diagnosed_on, primary_or_secondary, cause, dat_result, ended_on
FROM episode_fact
WHERE episode_key BETWEEN $1 AND $2 AND list_contains($3::INTEGER[], episode_key) AND superseded_by IS NULL
ORDER BY coalesce(onset_on, diagnosed_on) NULLS LAST, episode_key;
