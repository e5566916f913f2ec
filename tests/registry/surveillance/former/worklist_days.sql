-- Surveillance: the days of each patient that the worklist looks at.
-- Grain: one row for each patient with a specimen.
-- Source: specimen (worklist_specimens.sql).
-- Caveat: found_seq is the change that stored the last specimen of the days from which a finding is known to have come.
-- $1: the plan (worklist.sql).
WITH days AS (
    SELECT
        patient_key,
        max(observed_on) FILTER (clean) AS last_on,
        min(observed_on) FILTER (clean) AS first_on,
        max(observed_on) AS seen_on
    FROM specimen
    GROUP BY patient_key
)
SELECT
    patient_key,
    last_on,
    first_on,
    seen_on,
    max(change_seq) AS found_seq,
    min(observed_on) FILTER (clean) AS oldest_on,
    min(count_e6) FILTER (clean) AS lowest_e6,
    max(count_e6) FILTER (clean) AS highest_e6
FROM specimen
JOIN days USING (patient_key)
WHERE last_on IS NULL OR observed_on >= last_on - ($1).previous_within_days
GROUP BY patient_key, last_on, first_on, seen_on
