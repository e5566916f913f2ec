-- What was given in the courses of some patients.
-- Grain: one row for each current step of an agent.
-- Source: course_agent.
-- Caveat: $1 and $2 are the first and last patient_key; prednisolone_mg_e6 is empty where it is no corticosteroid or
-- the dose is not known.
SELECT a.course_key, a.agent, a.started_on, a.stopped_on, a.prednisolone_mg_e6
FROM episode AS e
JOIN course AS c USING (episode_key)
JOIN course_agent AS a USING (course_key)
WHERE a.superseded_by IS NULL AND e.patient_key BETWEEN $1 AND $2
