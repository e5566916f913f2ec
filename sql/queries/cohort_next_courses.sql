-- How long after the start of the chosen courses the next course for the same disease began.
-- Grain: one row for each disease, regimen, line, number of days and status, with the number of courses.
-- Source: cohort_course.
-- Caveat: the next course (next) and death (death) end the time, the last contact (censored) does not (DEF-STAT-04).
-- Rescue does not count. Courses without a next one, death or last contact are left out, as are observation and
-- maintenance.
SELECT
    disease, regimen, line_number,
    CASE WHEN later_on IS NOT NULL THEN 'next' WHEN died_on IS NOT NULL THEN 'death' ELSE 'censored' END AS status,
    greatest(until_on - started_on, 0) AS days,
    count(*) AS number
FROM cohort_course
WHERE chosen AND aims AND until_on IS NOT NULL
GROUP BY ALL;
