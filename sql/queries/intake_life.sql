-- The first and last day on which something is recorded of patients.
-- Grain: a patient of the staged intake_keys.
-- Source: the current rows of all fact tables with a day on which the patient must be born and alive.
-- Caveat: a course may be closed after death, so the ends of courses and bleeds do not count.
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
