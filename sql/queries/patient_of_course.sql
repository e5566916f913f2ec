-- The patient of a course.
-- Grain: one row, or none for an unknown course.
-- Source: course, episode, patient.
-- Caveat: $1 is the course_id.
SELECT e.patient_key, p.patient_id
FROM course AS c
JOIN episode AS e USING (episode_key)
JOIN patient AS p USING (patient_key)
WHERE c.course_id = $1
