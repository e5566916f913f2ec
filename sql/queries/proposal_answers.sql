-- Surveillance: the answers to proposed episodes that still hold, with the days of the counts that they are about.
-- Grain: one row for each answer; by patient and the change that first stored it.
-- Source: infused (surveillance_infused.sql); current rows of proposal_answer, observation and episode_fact.
-- Caveat: an answer holds only for the counts as they stood when it was given, and an acceptance only while the
--   episode that it opened stands. One that an undo has put back counts from when it was first given.
-- $1: the plan, as in proposal_counts.sql.
WITH given AS (
    SELECT
        patient_key,
        first_observation_id,
        confirming_observation_id,
        answer,
        opened_episode_id,
        min(change_seq) AS change_seq
    FROM proposal_answer
    GROUP BY
        patient_key,
        first_observation_id,
        confirming_observation_id,
        answered_on,
        answer,
        opened_episode_id,
        reason
    HAVING bool_or(superseded_by IS NULL)
),
standing AS (
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
FROM given
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
    AND (answer = 'rejected' OR opened.episode_id IS NOT NULL)
ORDER BY patient_id, given.change_seq
