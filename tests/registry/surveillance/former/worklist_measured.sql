-- Surveillance: from which count a fall to a step is measured.
-- Grain: one row for each last step, and each step that an outcome saw as the last, if there is a step before it.
-- Source: placed (worklist_steps.sql), done (worklist_done.sql).
-- Caveat: the count before; where that was itself a steep fall, the earliest of the days before from which all since
--   fell steeply (READ-SURV-24).
-- $1: the plan (worklist.sql).
WITH looked_at AS (
    SELECT patient_key, 1 AS back
    FROM placed
    WHERE placed.back = 1
    UNION
    SELECT patient_key, min(placed.back)
    FROM placed
    JOIN done USING (patient_key)
    WHERE observed_on <= done_on AND change_seq <= said_seq
    GROUP BY patient_key, row_key
),
looked AS (
    SELECT looked_at.patient_key, looked_at.back, last.observed_on, before.observed_on AS before_on, before.count_e6
    FROM looked_at
    JOIN placed AS last ON last.patient_key = looked_at.patient_key AND last.back = looked_at.back
    JOIN placed AS before ON before.patient_key = looked_at.patient_key AND before.back = looked_at.back + 1
),
before_fall AS (
    -- Steps from which the one before fell steeply; there are few.
    SELECT looked.patient_key, looked.back, since.back AS since_back, since.count_e6 AS e6
    FROM looked
    JOIN placed AS since ON since.patient_key = looked.patient_key AND since.back > looked.back + 1
    WHERE since.observed_on >= looked.observed_on - ($1).previous_within_days
        AND looked.count_e6 < since.count_e6
        AND 100 * (since.count_e6 - looked.count_e6) >= ($1).fall_percent * since.count_e6
),
fallen AS (
    -- The first of them from which every step in between fell steeply too.
    SELECT patient_key, back, max(since_back) AS since_back
    FROM before_fall
    WHERE NOT EXISTS (
        FROM placed AS between_them
        WHERE between_them.patient_key = before_fall.patient_key
            AND between_them.back BETWEEN before_fall.back + 2 AND before_fall.since_back - 1
            AND (
                between_them.count_e6 >= before_fall.e6
                OR 100 * (before_fall.e6 - between_them.count_e6) < ($1).fall_percent * before_fall.e6
            )
    )
    GROUP BY patient_key, back
)
SELECT
    looked.patient_key,
    looked.back,
    -- What it can confirm: the count before, where it is recent enough.
    CASE WHEN before_on >= looked.observed_on - ($1).previous_within_days THEN looked.count_e6 END AS confirms_e6,
    start.observed_on AS measured_from_on,
    start.count_e6 AS measured_from_e6,
    start.count_e6 - start.reading.over AS reported_e6,
    CASE start.reading.over WHEN -1 THEN '<' WHEN 1 THEN '>' ELSE '' END
    || rtrim(rtrim(format('{}.{:06d}', reported_e6 // 1000000, reported_e6 % 1000000), '0'), '.') AS measured_from
FROM looked
LEFT JOIN fallen USING (patient_key, back)
JOIN placed AS start ON start.patient_key = looked.patient_key
    AND start.back = coalesce(fallen.since_back, looked.back + 1)
