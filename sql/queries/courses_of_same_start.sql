-- The other courses of an episode that started on the same day as one of them.
-- Grain: one row for each course.
-- Source: course, course_fact, which stand for those of one patient.
-- Caveat: $1 is the course_key.
SELECT o.course_id
FROM course AS c
JOIN course_fact AS f USING (course_key)
JOIN course AS o ON o.episode_key = c.episode_key AND o.course_key <> c.course_key
JOIN course_fact AS g ON g.course_key = o.course_key AND g.started_on = f.started_on
WHERE c.course_key = $1
ORDER BY o.course_id
