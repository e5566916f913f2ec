-- Dose steps that are recorded beyond the day before the next step of the same agent in the same course.
-- Grain: one row: their number, and the patient and the course of the one begun last.
-- Source: course_agent, course, episode, patient_view.
-- Caveat: a doubt, not a fault: the judge reads such a step until the day before the next one.
-- $1: the sites whose patients may be amended (NULL: all).
WITH followed AS (
    SELECT
        course_key, agent, started_on, stopped_on,
        lead(started_on) OVER (PARTITION BY course_key, agent ORDER BY started_on) AS next_on
    FROM course_agent
    WHERE superseded_by IS NULL
)

SELECT
    count(*) AS number,
    arg_max(p.patient_id, (f.started_on, c.course_id)) AS patient_id,
    arg_max(c.course_id, (f.started_on, c.course_id)) AS course_id
FROM followed AS f
JOIN course AS c USING (course_key)
JOIN episode AS e USING (episode_key)
JOIN patient_view AS p USING (patient_key)
WHERE f.stopped_on >= f.next_on AND (($1).sites IS NULL OR list_contains(($1).sites::TEXT[], p.site))
