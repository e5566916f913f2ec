-- The corticosteroid dose steps of some patients whose dose is known.
-- Grain: one row for each current step.
-- Source: course_agent, course_fact.
-- Caveat: $1 and $2 are the first and last patient_key; a step without an end ends with its course.
SELECT
    a.course_key, a.started_on, coalesce(a.stopped_on, f.stopped_on) AS stopped_on, a.prednisolone_mg_e6
FROM course_agent AS a
JOIN course AS c USING (course_key)
JOIN episode AS e USING (episode_key)
JOIN course_fact AS f USING (course_key)
WHERE a.superseded_by IS NULL
    AND f.superseded_by IS NULL
    AND a.prednisolone_mg_e6 IS NOT NULL
    AND e.patient_key BETWEEN $1 AND $2
