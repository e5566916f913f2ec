-- What is known about the courses of one patient.
-- Grain: one row for each current course.
-- Source: course_fact; course, which stands for the courses of the patient.
-- Caveat: stands in for course_fact within a snapshot; $1, the patient_key, is asked for like that of its sisters.
SELECT *
FROM main.course_fact
WHERE superseded_by IS NULL AND $1 IS NOT NULL AND course_key IN (SELECT course_key FROM course)
