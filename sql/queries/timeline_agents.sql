-- The dose steps of one patient's courses.
-- Grain: one row for each course, agent and first day that is not withdrawn.
-- Source: course_agent_view, course, episode.
-- Caveat: dose is text as reported.
-- $1: the patient's key.
SELECT
    a.course_id, a.agent, a.agent_class, a.started_on, a.stopped_on, a.dose, a.dose_unit, a.route, a.frequency
FROM course_agent_view AS a
WHERE a.course_key IN (
    SELECT c.course_key
    FROM course AS c
    WHERE c.episode_key IN (SELECT e.episode_key FROM episode AS e WHERE e.patient_key = $1)
)
ORDER BY a.started_on, a.agent, a.course_id;
