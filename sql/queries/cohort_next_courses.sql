-- How long after the start of the chosen courses the next course for the same disease began.
-- Grain: one row for each disease, regimen, line, number of days and status, with the number of courses.
-- Source: cohort_course.
-- Caveat: the next course (next) and death (death) end the time, the last day recorded of the patient (censored) does
-- not (DEF-STAT-04). Rescue does not count, nor does watch and wait after an active course. Observation and maintenance
-- are left out.
SELECT
    disease, regimen, line_number,
    CASE WHEN later_on IS NOT NULL THEN 'next' WHEN died_on IS NOT NULL THEN 'death' ELSE 'censored' END AS status,
    greatest(until_on - started_on, 0) AS days,
    count(*) AS number
FROM cohort_course
WHERE chosen AND aims
GROUP BY ALL;
