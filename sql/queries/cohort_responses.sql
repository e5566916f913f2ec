-- What came of the chosen courses.
-- Grain: one row for each disease, regimen and line, with numbers of courses.
-- Source: cohort_course.
-- Caveat: observation and maintenance are left out; not evaluable and not judged yet count as not responding.
SELECT
    disease, regimen, line_number,
    count(*) AS courses,
    count(*) FILTER (WHERE responded) AS responded,
    count(*) FILTER (WHERE best_response = 'CR') AS complete,
    count(*) FILTER (WHERE best_response = 'NE') AS not_evaluable,
    count(*) FILTER (WHERE best_response IS NULL) AS not_judged,
    count(*) FILTER (WHERE decided) AS decided
FROM cohort_course
WHERE chosen AND aims
GROUP BY ALL
ORDER BY ALL;
