-- How often each regimen was given, and to how many patients.
-- Grain: one row for each disease and regimen.
-- Source: cohort_course.
-- Caveat: a patient given a regimen twice has two courses; observation and what started in response are left out.
SELECT disease, regimen, count(*) AS courses, count(DISTINCT patient_key) AS patients
FROM cohort_course
WHERE aims
GROUP BY disease, regimen
ORDER BY courses DESC, disease, regimen;
