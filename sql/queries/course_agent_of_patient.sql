-- What was given in the courses of one patient.
-- Grain: one row for each current step.
-- Source: course_agent; course, which stands for the courses of the patient.
-- Caveat: stands in for course_agent within a snapshot; $1, the patient_key, is asked for like that of its sisters.
SELECT *
FROM main.course_agent
WHERE superseded_by IS NULL AND $1 IS NOT NULL AND course_key IN (SELECT course_key FROM course)
