-- Patients with a course that has every one of some classes, as a condition of patient_search.
-- Grain: one row for each such course.
-- Source: course_agent, course, episode.
-- Caveat: the course may have further classes; the classes need not have been given on the same days of it.
-- {classes}: the parameter with the classes, each once.
SELECT e.patient_key
FROM course_agent AS a
JOIN course AS c USING (course_key)
JOIN episode AS e USING (episode_key)
WHERE a.superseded_by IS NULL AND list_contains({classes}::TEXT[], a.agent_class)
GROUP BY a.course_key, e.patient_key
HAVING count(DISTINCT a.agent_class) = len({classes}::TEXT[])
