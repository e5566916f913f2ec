-- What was given in the courses of one patient.
-- Grain: one row for each current dose step that began by the data cut.
-- Source: course_agent, course, episode.
-- Caveat: $1 is the patient_key, $2 the last day that is shown.
SELECT
    a.row_key, c.course_id, a.agent, a.agent_class, a.started_on, a.stopped_on, a.dose, a.dose_unit, a.route,
    a.frequency
FROM episode AS e
JOIN course AS c ON c.episode_key = e.episode_key
JOIN course_agent AS a ON a.course_key = c.course_key AND a.superseded_by IS NULL
WHERE e.patient_key = $1 AND a.started_on <= $2
ORDER BY a.started_on, c.course_id, a.agent, a.row_key
