-- The last day on which anything is recorded of each patient: until then the patient was under observation.
-- Grain: one row for each patient with a current fact that carries a day.
-- Source: patient_fact, observation, episode, course, course_agent, exposure, bleed, transfusion, rescue, other_cause,
-- adverse_event, outcome, comedication, sign.
-- Caveat: a last contact is one of the days, never the only one; the onset of a disease begins the observation and is
-- none. What is withdrawn or replaced is not counted.
CREATE VIEW last_recorded_view AS
WITH recorded AS (
    SELECT patient_key, last_contact_on AS recorded_on FROM patient_fact WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, max(observed_on) FROM observation WHERE superseded_by IS NULL GROUP BY patient_key
    UNION ALL
    SELECT patient_key, greatest(diagnosed_on, ended_on) FROM episode_view
    UNION ALL
    SELECT e.patient_key, greatest(f.started_on, f.stopped_on)
    FROM course_fact AS f
    JOIN course AS c USING (course_key)
    JOIN episode_view AS e USING (episode_key)
    WHERE f.superseded_by IS NULL
    UNION ALL
    SELECT e.patient_key, greatest(a.started_on, a.stopped_on)
    FROM course_agent AS a
    JOIN course AS c USING (course_key)
    JOIN course_fact AS f ON f.course_key = a.course_key AND f.superseded_by IS NULL
    JOIN episode_view AS e USING (episode_key)
    WHERE a.superseded_by IS NULL
    UNION ALL
    SELECT patient_key, greatest(started_on, ended_on) FROM exposure WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, greatest(started_on, ended_on) FROM bleed WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, given_on FROM transfusion WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, given_on FROM rescue WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, greatest(started_on, ended_on) FROM other_cause WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, greatest(onset_on, ended_on) FROM adverse_event_view
    UNION ALL
    SELECT patient_key, done_on FROM outcome WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, greatest(started_on, ended_on) FROM comedication WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, greatest(noticed_on, ended_on) FROM sign WHERE superseded_by IS NULL
)

SELECT patient_key, max(recorded_on) AS last_on
FROM recorded
WHERE recorded_on IS NOT NULL
GROUP BY patient_key;
