-- The stored calls of one patient with what their sentences need.
-- Grain: one row for each call of a current course.
-- Source: call, course, course_fact.
-- Caveat: $1 is the patient_key; reads the tables of the registry, not what stands in for them.
SELECT k.course_id, f.started_on, c.*
FROM main.call AS c
JOIN main.course AS k USING (course_key)
JOIN main.course_fact AS f ON f.course_key = c.course_key AND f.superseded_by IS NULL
WHERE c.patient_key = $1
ORDER BY k.course_id, c.criteria_id
