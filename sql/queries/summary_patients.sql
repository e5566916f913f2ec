-- The patients of the cohort, counted by what they are.
-- Grain: one row for each combination, with the number of patients who share it.
-- Source: cohort_patient, course_agent_view, cohort_event.
-- Caveat: an adverse event counts from the first cytopenia to the end of follow-up. kinds are the categories of a
-- patient's adverse events; every patient stands in one row, so a part of the rows is a part of the patients.
WITH steroid AS (
    SELECT DISTINCT e.patient_key
    FROM course_agent_view AS a
    JOIN course AS c USING (course_key)
    JOIN episode AS e USING (episode_key)
    WHERE a.prednisolone_mg_e6 IS NOT NULL OR a.agent_class = 'STEROID'
),

eventful AS (
    SELECT patient_key, list_sort(list_distinct(list(coalesce(category, 'unknown')))) AS kinds
    FROM cohort_event
    GROUP BY patient_key
)

SELECT
    p.itp_onset_on IS NOT NULL AS has_itp,
    p.aiha_onset_on IS NOT NULL AS has_aiha,
    p.sex,
    p.last_alemtuzumab_on IS NOT NULL AS after_alemtuzumab,
    p.died_on IS NOT NULL AS died,
    p.patient_key IN (SELECT patient_key FROM steroid) AS given_steroid,
    coalesce(v.kinds, []) AS kinds,
    count(*) AS number
FROM cohort_patient AS p
LEFT JOIN eventful AS v USING (patient_key)
GROUP BY ALL;
