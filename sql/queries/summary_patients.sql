-- The patients of the cohort, counted by what they are.
-- Grain: one row for each combination, with the number of patients who share it.
-- Source: cohort_patient, course_agent_view, cohort_event.
-- Caveat: an adverse event counts from the first cytopenia to the last contact or death.
WITH steroid AS (
    SELECT DISTINCT e.patient_key
    FROM course_agent_view AS a
    JOIN course AS c USING (course_key)
    JOIN episode AS e USING (episode_key)
    WHERE a.prednisolone_mg_e6 IS NOT NULL OR a.agent_class = 'STEROID'
),

eventful AS (
    SELECT DISTINCT patient_key FROM cohort_event
)

SELECT
    p.itp_onset_on IS NOT NULL AS has_itp,
    p.aiha_onset_on IS NOT NULL AS has_aiha,
    p.sex,
    p.last_alemtuzumab_on IS NOT NULL AS after_alemtuzumab,
    p.died_on IS NOT NULL AS died,
    p.patient_key IN (SELECT patient_key FROM steroid) AS given_steroid,
    p.patient_key IN (SELECT patient_key FROM eventful) AS eventful,
    count(*) AS number
FROM cohort_patient AS p
GROUP BY ALL;
