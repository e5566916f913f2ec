-- How much a cohort holds.
-- Grain: one row.
-- Source: cohort_patient, cohort_course.
-- Caveat: patients are those with a chosen course; without_course of the cohort's patients have no course at all.
SELECT
    count(DISTINCT patient_key) FILTER (WHERE chosen) AS patients,
    count(*) FILTER (WHERE chosen) AS courses,
    count(*) FILTER (WHERE chosen AND aims) AS aimed,
    count(*) FILTER (WHERE chosen AND best_response IS NULL) AS not_judged,
    count(*) FILTER (WHERE chosen AND decided) AS decided,
    (SELECT count(*) FROM cohort_patient) - count(DISTINCT patient_key) AS without_course
FROM cohort_course;
