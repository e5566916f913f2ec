-- Outcomes of ITP at fixed times (ASH 2019) of the chosen courses.
-- Grain: one row for each outcome and regimen, the most used first; k of the n courses that have a count then.
-- Source: cohort_course.
-- Caveat: not_assessable have no count near enough to the day (DEF-ITP-20). Observation and what started in response are
-- left out.
WITH outcome AS (
    SELECT
        regimen,
        unnest(['er_7d', 'ir_1m', 'dr_6m', 'rem_12m']) AS measure,
        unnest([1, 2, 3, 4]) AS place,
        unnest([er_7d, ir_1m, dr_6m, rem_12m]) AS is_met
    FROM cohort_course
    WHERE chosen AND aims AND disease = 'ITP'
)

SELECT
    regimen, measure,
    count(*) FILTER (WHERE is_met) AS k,
    count(is_met) AS n,
    count(*) - count(is_met) AS not_assessable
FROM outcome
GROUP BY regimen, measure, place
HAVING n > 0
ORDER BY place, count(*) DESC, regimen;
