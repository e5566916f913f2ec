-- How far apart the counts of one course lie.
-- Grain: one row; days is the median distance between consecutive days with a count, empty with fewer than two.
-- Source: observation.
-- Caveat: $1 the patient_key, $2 the analyte, $3 the start of the course, $4 the day before which its window ends.
WITH day AS (
    SELECT DISTINCT observed_on
    FROM observation
    WHERE patient_key = $1 AND analyte = $2 AND superseded_by IS NULL AND not_evaluable IS NULL
        AND observed_on >= $3 AND observed_on <= $4
),

gap AS (
    SELECT observed_on - lag(observed_on) OVER (ORDER BY observed_on) AS days FROM day
)

SELECT median(days) AS days FROM gap
