-- What was given in some courses, for a list.
-- Grain: one row for each course with a dose step that is not withdrawn.
-- Source: course_agent.
-- Caveat: the regimen has every class given in the course.
-- $1: the keys of the courses.
SELECT course_key, string_agg(DISTINCT agent_class, '+' ORDER BY agent_class) AS regimen
FROM course_agent
WHERE superseded_by IS NULL AND course_key IN (SELECT unnest($1::INTEGER[]))
GROUP BY course_key
