-- Surveillance: when the episodes of the protocol's disease that patients have had ended.
-- Grain: one row for each current episode that began by the day asked; by patient.
-- Source: infused (surveillance_infused.sql); current rows of episode_fact.
-- Caveat: what an episode leaves to propose is for adjudication/surveillance/proposal.py to say.
-- $1: the plan, as in proposal_counts.sql.
SELECT patient_id, ended_on
FROM episode_fact
JOIN episode USING (episode_key)
JOIN infused USING (patient_key)
WHERE place = ($1).place AND superseded_by IS NULL AND disease = ($1).disease AND onset_on <= ($1).as_of
ORDER BY patient_id, onset_on
