-- How long responses lasted.
-- Grain: one row for each regimen, number of days and status, with the number of responding courses that share it.
-- Source: cohort_course_view, call.
-- Caveat: days from onset to the loss (event), to death in response (death), or to the last count in response
-- (censored). Courses for maintenance have no response of their own.
-- $1: the sites whose patients are counted (NULL: all), the criteria that judge each disease, the agent classes
-- that can be stopped in remission, and the CTCAE grade from which an event is severe.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], itp TEXT, aiha TEXT, classes TEXT[], severe INTEGER))
)

SELECT
    c.disease, c.evans, c.line_number, c.regimen,
    j.duration_status AS status,
    j.duration_of_response_days AS days,
    count(*) AS number
FROM cohort_course_view AS c
CROSS JOIN plan
JOIN call AS j
    ON j.course_key = c.course_key
    AND j.criteria_id = CASE c.disease WHEN 'ITP' THEN plan.itp ELSE plan.aiha END
WHERE (plan.sites IS NULL OR list_contains(plan.sites, c.site))
    AND j.best_response IN ('CR', 'R', 'PR')
GROUP BY ALL;
