-- The first and last day on which something is recorded of the staged intake_keys. Grain: a patient.
-- Only days on which the patient must have been born and alive: a course may be closed after death.
WITH happened AS (
    SELECT patient_key, observed_on AS day FROM observation WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, started_on FROM exposure WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, onset_on FROM episode_fact JOIN episode USING (episode_key) WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, started_on
    FROM course_fact JOIN course USING (course_key) JOIN episode USING (episode_key) WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, started_on FROM bleed WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, given_on FROM transfusion WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, given_on FROM rescue WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, onset_on
    FROM adverse_event_fact JOIN adverse_event USING (adverse_event_key) WHERE superseded_by IS NULL
)
SELECT patient_key AS key, min(day) AS first_on, max(day) AS last_on
FROM happened
WHERE patient_key IN (SELECT key FROM intake_keys)
GROUP BY patient_key
