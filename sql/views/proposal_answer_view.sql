-- What people said to proposed episodes, as it is known now.
-- Grain: one row for each answered proposal that is not withdrawn.
-- Source: proposal_answer, patient.
-- Caveat: an accepted one names the episode that was opened, which may have been withdrawn since.
CREATE VIEW proposal_answer_view AS
SELECT
    p.patient_id, f.first_observation_id, f.confirming_observation_id, f.answered_on, f.answer, f.opened_episode_id, f.reason,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM proposal_answer AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
