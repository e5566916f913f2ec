-- How often each regimen was given, and to how many patients.
-- Grain: one row for each disease and regimen.
-- Source: cohort_course_view.
-- Caveat: a patient given a regimen twice has two courses; observation and maintenance are left out.
-- $1: the sites whose patients are counted (NULL: all), the criteria that judge each disease, the agent classes
-- that can be stopped in remission, and the CTCAE grade from which an event is severe.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], itp TEXT, aiha TEXT, classes TEXT[], severe INTEGER))
)

SELECT c.disease, c.regimen, count(*) AS courses, count(DISTINCT c.patient_key) AS patients
FROM cohort_course_view AS c, plan
WHERE (plan.sites IS NULL OR list_contains(plan.sites, c.site))
    AND c.line_number > 0
    AND c.intent IS DISTINCT FROM 'maintenance'
GROUP BY c.disease, c.regimen
ORDER BY courses DESC, c.disease, c.regimen;
