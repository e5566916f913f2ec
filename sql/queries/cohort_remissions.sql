-- Remission off treatment of the chosen courses that were stopped in response.
-- Grain: one row for each disease and regimen with an agent that can be stopped in remission.
-- Source: cohort_course.
-- Caveat: stopped as in cohort_courses. Neither held nor lost is not yet known (too early, or no count since), which is
-- never counted as lost (DEF-TFR-01).
SELECT
    disease, regimen,
    count(*) AS stopped,
    count(*) FILTER (WHERE srot30) AS srot30_held,
    count(*) FILTER (WHERE NOT srot30) AS srot30_lost,
    count(*) FILTER (WHERE srot50) AS srot50_held,
    count(*) FILTER (WHERE NOT srot50) AS srot50_lost,
    count(*) FILTER (WHERE NOT relapsed) AS held_so_far
FROM cohort_course
WHERE chosen AND aims AND stopped
GROUP BY ALL
ORDER BY disease DESC, regimen;
