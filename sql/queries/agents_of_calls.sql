-- What was given in the courses of one patient that were judged.
-- Grain: one row for each current step.
-- Source: course_agent, call.
-- Caveat: $1 is the patient_key; stands in for course_agent within a snapshot.
SELECT *
FROM main.course_agent
WHERE superseded_by IS NULL AND course_key IN (SELECT course_key FROM main.call WHERE patient_key = $1)
