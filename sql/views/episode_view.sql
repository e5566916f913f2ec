-- Every episode, as it is known now.
-- Grain: one row for each episode that is not withdrawn.
-- Source: episode, episode_fact, patient.
-- Caveat: Evans syndrome is two episodes of one patient.
CREATE VIEW episode_view AS
SELECT
    p.patient_id, e.episode_id, f.disease, f.onset_on, f.diagnosed_on, f.primary_or_secondary, f.cause,
    f.dat_result, f.ended_on,
    e.patient_key, f.episode_key, f.row_key, f.version, f.change_seq
FROM episode_fact AS f
JOIN episode AS e USING (episode_key)
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
