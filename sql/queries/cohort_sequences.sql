-- Which regimens followed each other in the first four lines.
-- Grain: one row for each disease and sequence of regimens, with the number of patients who share it.
-- Source: cohort_course.
-- Caveat: patients with at least one chosen course for the disease, with all of their lines. Two courses of one line
-- count as the first begun; a line without a regimen is 'unknown', one that was not needed is empty. Observation and
-- maintenance are no lines.
WITH line AS (
    SELECT
        patient_key, disease, line_number,
        coalesce(min_by(regimen, (started_on - DATE '1970-01-01') * 4294967296 + course_key), 'unknown') AS regimen
    FROM cohort_course
    WHERE line_number > 0
    GROUP BY ALL
),

meant AS (
    SELECT DISTINCT patient_key, disease FROM cohort_course WHERE chosen
),

sequence AS (
    SELECT
        l.patient_key, l.disease,
        max(l.line_number) AS lines,
        any_value(l.regimen) FILTER (WHERE l.line_number = 1) AS line_1,
        any_value(l.regimen) FILTER (WHERE l.line_number = 2) AS line_2,
        any_value(l.regimen) FILTER (WHERE l.line_number = 3) AS line_3,
        any_value(l.regimen) FILTER (WHERE l.line_number = 4) AS line_4
    FROM line AS l
    JOIN meant USING (patient_key, disease)
    GROUP BY ALL
)

SELECT
    disease,
    coalesce(line_1, 'unknown') AS line_1,
    coalesce(line_2, CASE WHEN lines > 2 THEN 'unknown' END) AS line_2,
    coalesce(line_3, CASE WHEN lines > 3 THEN 'unknown' END) AS line_3,
    coalesce(line_4, CASE WHEN lines > 4 THEN 'unknown' END) AS line_4,
    count(*) AS patients,
    count(*) FILTER (WHERE lines > 4) AS more_lines
FROM sequence
GROUP BY ALL
ORDER BY disease DESC, patients DESC, line_1, line_2, line_3, line_4;
