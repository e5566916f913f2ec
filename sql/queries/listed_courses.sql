-- The courses of some patients, for a list.
-- Grain: one row for each course that is not withdrawn.
-- Source: episode, course, course_fact, course_agent.
-- Caveat: in order of their start; the regimen has every class given in the course.
-- $1: the keys of the patients.
WITH own AS MATERIALIZED (
    SELECT e.patient_key, c.course_key
    FROM course AS c
    JOIN episode AS e USING (episode_key)
    WHERE e.patient_key IN (SELECT unnest($1::INTEGER[]))
),

given AS (
    SELECT course_key, string_agg(DISTINCT agent_class, '+' ORDER BY agent_class) AS regimen
    FROM course_agent
    WHERE superseded_by IS NULL AND course_key IN (SELECT course_key FROM own)
    GROUP BY course_key
)

SELECT o.patient_key, f.started_on, g.regimen
FROM course_fact AS f
JOIN own AS o USING (course_key)
LEFT JOIN given AS g USING (course_key)
WHERE f.superseded_by IS NULL AND f.course_key IN (SELECT course_key FROM own)
ORDER BY f.started_on, f.course_key
