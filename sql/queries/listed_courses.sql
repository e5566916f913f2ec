-- The courses of some patients, for a list.
-- Grain: one row for each course, withdrawn or not.
-- Source: episode, course.
-- Caveat: only the keys; what is known of the courses is asked for by these, which reads less than a join.
-- $1: the keys of the patients.
SELECT c.course_key, e.patient_key
FROM course AS c
JOIN episode AS e USING (episode_key)
WHERE e.patient_key IN (SELECT unnest($1::INTEGER[]))
