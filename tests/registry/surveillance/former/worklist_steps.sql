-- Surveillance: the clean counts as one looks at them, the last first.
-- Grain: one row for each step: a specimen, or the lowest of a day on which not all have a time. Of most patients only
--   the steps of the last days that a steep fall may be measured from; of those of whom more must be known, all.
-- Source: specimen (worklist_specimens.sql), day (worklist_days.sql), bled (worklist_bleeds.sql), done
--   (worklist_done.sql).
-- Caveat: clumped and other specimens that cannot be judged are no steps.
-- $1: the plan (worklist.sql).
WITH looked_back AS (
    -- Who bled or was cared for, whose last counts may be confirmed, or whose count before the last is older.
    SELECT patient_key FROM bled
    UNION
    SELECT patient_key FROM done
    UNION
    SELECT patient_key
    FROM day
    WHERE oldest_on = last_on
        OR lowest_e6 <= ($1).confirmed_up_to_e6
        OR 100 * (highest_e6 - lowest_e6) >= ($1).fall_percent * highest_e6
),
seen AS (
    SELECT specimen.*
    FROM specimen
    JOIN day USING (patient_key)
    LEFT JOIN looked_back USING (patient_key)
    WHERE clean
        AND (observed_on >= last_on - ($1).previous_within_days OR looked_back.patient_key IS NOT NULL)
),
crowded AS (
    -- Days with several clean counts; where all have their time, the later one is the recheck of the earlier.
    SELECT patient_key, observed_on, bool_and(taken_at IS NOT NULL) AS timed
    FROM seen
    GROUP BY patient_key, observed_on
    HAVING count(*) > 1
),
step AS (
    SELECT
        patient_key,
        observed_on,
        NULL::TIMESTAMP AS moment,
        count_e6,
        {'over': over_e6, 'undiluted': undiluted_e6} AS reading,
        taken_at,
        change_seq
    FROM seen
    ANTI JOIN crowded USING (patient_key, observed_on)
    UNION ALL
    -- The lowest decides, by its earliest time.
    SELECT
        patient_key,
        observed_on,
        CASE WHEN timed THEN taken_at END AS moment,
        min(count_e6),
        arg_min({'over': over_e6, 'undiluted': undiluted_e6}, (count_e6, undiluted_e6 IS NULL, undiluted_e6)),
        arg_min({'at': taken_at}, (count_e6, taken_at IS NULL, taken_at))."at",
        max(change_seq)
    FROM seen
    JOIN crowded USING (patient_key, observed_on)
    GROUP BY patient_key, observed_on, moment
)
-- The last is 1, the one before it 2.
SELECT *, row_number() OVER (PARTITION BY patient_key ORDER BY observed_on DESC, moment DESC) AS back
FROM step
