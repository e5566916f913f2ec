-- The dose steps of one patient's courses.
-- Grain: one row for each course, agent and first day that is not withdrawn.
-- Source: course_agent.
-- Caveat: dose is text as reported.
-- $1, $2: the lowest and the highest key of the patient's courses; $3: all of them.
SELECT course_key, agent, agent_class, started_on, stopped_on, dose, dose_unit, route, frequency
FROM course_agent
WHERE course_key BETWEEN $1 AND $2 AND list_contains($3::INTEGER[], course_key) AND superseded_by IS NULL
ORDER BY started_on, agent, course_key;
