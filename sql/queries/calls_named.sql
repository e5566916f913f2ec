-- The courses of a patient under the criteria sets that have judged them.
-- Grain: one row for each stored call of a current course.
-- Source: call, course_view, patient.
-- Caveat: $1 is the patient_id.
SELECT v.course_id, c.criteria_id
FROM call AS c
JOIN course_view AS v USING (course_key)
JOIN patient AS p ON p.patient_key = c.patient_key
WHERE p.patient_id = $1
ORDER BY v.course_id, c.criteria_id
