-- What was given in the courses of some patients.
-- Grain: one row for each current step of an agent.
-- Source: course_agent.
-- Caveat: $1 and $2 are the first and last patient_key; prednisolone_mg_e6 is empty where it is no corticosteroid or
-- the dose is not known; row_key is 0 for a step that is not saved yet.
SELECT a.course_key, a.agent, a.started_on, a.stopped_on, a.prednisolone_mg_e6, coalesce(a.row_key, 0) AS row_key
FROM episode AS e
JOIN course AS c USING (episode_key)
JOIN course_agent AS a USING (course_key)
WHERE a.superseded_by IS NULL AND e.patient_key BETWEEN $1 AND $2
