-- How long after the start of the chosen courses the next course for the same disease began.
-- Grain: one row for each disease, regimen, line, number of days and status, with the number of courses.
-- Source: cohort_course.
-- Caveat: the next course (next) and death (death) end the time, the last day recorded of the patient (censored) does
-- not (DEF-STAT-04). Rescue does not count, nor do watch and wait and maintenance after an active course. Observation
-- and what started in response are left out.
SELECT
    disease, regimen, line_number,
    CASE WHEN next_line_on IS NOT NULL THEN 'next' WHEN died_on IS NOT NULL THEN 'death' ELSE 'censored' END AS status,
    greatest(coalesce(next_line_on, followed_to) - started_on, 0) AS days,
    count(*) AS number
FROM cohort_course
WHERE chosen AND aims
GROUP BY ALL;
