-- Surveillance: the clean counts of patients who ever had one so low that it may demand contact.
-- Grain: one row for each current result by the day asked, by patient and day.
-- Source: infused (surveillance_infused.sql), taken_off (surveillance_taken_off.sql); current rows of observation.
-- Caveat: which of them demand contact is for adjudication/surveillance/contact.py to say. The dead are here too.
-- $1: the plan, as in worklist_watched.sql, with low_up_to_e6.
WITH counted AS (
    SELECT
        patient_key,
        observed_on,
        canonical_e6 + CASE comparator WHEN '<' THEN -1 WHEN '>' THEN 1 ELSE 0 END AS count_e6
    FROM observation
    JOIN infused USING (patient_key)
    WHERE place = ($1).place
        AND superseded_by IS NULL
        AND analyte = ($1).analyte
        AND not_evaluable IS NULL
        AND canonical_e6 IS NOT NULL
        AND quality IS DISTINCT FROM 'clumped'
        AND observed_on <= ($1).as_of
),
low AS (
    SELECT DISTINCT patient_key FROM counted WHERE count_e6 <= ($1).low_up_to_e6
)
SELECT patient_key, first_infusion_on, died_on, taken_off_on, observed_on, count_e6
FROM counted
JOIN low USING (patient_key)
JOIN infused USING (patient_key)
LEFT JOIN taken_off USING (patient_key)
ORDER BY patient_key, observed_on
