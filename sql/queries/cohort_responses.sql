-- What came of the chosen courses.
-- Grain: one row for each disease, regimen and line, with numbers of courses.
-- Source: cohort_course.
-- Caveat: observation is left out; not evaluable and not judged yet count as not responding. Courses that are too early
-- to be judged (not_yet_assessable), and those that started in response (followed, maintained), are not among courses.
SELECT
    disease, regimen, line_number,
    count(*) FILTER (WHERE aims AND NOT not_yet) AS courses,
    count(*) FILTER (WHERE aims AND responded) AS responded,
    count(*) FILTER (WHERE aims AND best_response = 'CR') AS complete,
    count(*) FILTER (WHERE aims AND NOT not_yet AND best_response = 'NE') AS not_evaluable,
    count(*) FILTER (WHERE aims AND best_response IS NULL) AS not_judged,
    count(*) FILTER (WHERE aims AND NOT not_yet AND decided) AS decided,
    count(*) FILTER (WHERE not_yet) AS not_yet_assessable,
    count(*) FILTER (WHERE followed) AS followed,
    count(*) FILTER (WHERE followed AND lost_on IS NULL) AS maintained
FROM cohort_course
WHERE chosen AND NOT is_observed AND (aims OR followed)
GROUP BY ALL
ORDER BY ALL;
