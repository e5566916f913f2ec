-- Surveillance: the answers to proposed episodes that still hold, with the days of the counts that they are about.
-- Grain: one row for each answer; by patient and change.
-- Source: infused (surveillance_infused.sql); current rows of proposal_answer, observation and episode_fact.
-- Caveat: an answer holds only for the counts as they stood when it was given, and an acceptance only while the
--   episode that it opened stands.
-- $1: the plan, as in proposal_counts.sql.
WITH standing AS (
    SELECT patient_key, episode_id
    FROM episode_fact
    JOIN episode USING (episode_key)
    WHERE superseded_by IS NULL
)
SELECT
    patient_id,
    first.observed_on AS first_on,
    confirming.observed_on AS confirming_on,
    given.change_seq
FROM proposal_answer AS given
JOIN infused USING (patient_key)
JOIN observation AS first ON first.patient_key = given.patient_key
    AND first.observation_id = first_observation_id
    AND first.superseded_by IS NULL
    AND first.change_seq <= given.change_seq
JOIN observation AS confirming ON confirming.patient_key = given.patient_key
    AND confirming.observation_id = confirming_observation_id
    AND confirming.superseded_by IS NULL
    AND confirming.change_seq <= given.change_seq
LEFT JOIN standing AS opened ON opened.patient_key = given.patient_key AND opened.episode_id = opened_episode_id
WHERE place = ($1).place
    AND given.superseded_by IS NULL
    AND (answer = 'rejected' OR opened.episode_id IS NOT NULL)
ORDER BY patient_id, given.change_seq
