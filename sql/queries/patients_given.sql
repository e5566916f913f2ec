-- Patients who were given some agent, or an agent of some class, in a course, as a condition of patient_search.
-- Grain: one row for each dose step that is not withdrawn.
-- Source: course_agent, course, episode.
-- Caveat: rescue is not a course.
-- {agents}, {classes}: the parameters with the names and the classes.
SELECT e.patient_key
FROM course_agent AS a
JOIN course AS c USING (course_key)
JOIN episode AS e USING (episode_key)
WHERE a.superseded_by IS NULL
    AND (list_contains({agents}::TEXT[], a.agent) OR list_contains({classes}::TEXT[], a.agent_class))
