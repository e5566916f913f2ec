-- Dose steps that are recorded beyond the day before the next step of the same agent in the same course.
-- Grain: a step with the first day of the next one.
-- Source: the staged intake_steps (course_id, agent, started_on, stopped_on), in place of the stored step of the same
-- name; course_agent, course.
-- Caveat: told, never refused: the judge reads the step until the day before the next one.
WITH standing AS (
    SELECT c.course_id, a.agent, a.started_on, a.stopped_on
    FROM course_agent AS a
    JOIN course AS c USING (course_key)
    WHERE a.superseded_by IS NULL AND c.course_id IN (SELECT i.course_id FROM intake_steps AS i)
),

steps AS (
    SELECT course_id, agent, started_on, stopped_on FROM intake_steps
    UNION ALL
    SELECT s.course_id, s.agent, s.started_on, s.stopped_on
    FROM standing AS s
    ANTI JOIN intake_steps AS i
        ON i.course_id = s.course_id AND i.agent = s.agent AND i.started_on = s.started_on
),

followed AS (
    SELECT *, lead(started_on) OVER (PARTITION BY course_id, agent ORDER BY started_on) AS next_on FROM steps
)

SELECT course_id, agent, started_on, stopped_on, next_on
FROM followed
WHERE stopped_on >= next_on
ORDER BY course_id, started_on, agent
