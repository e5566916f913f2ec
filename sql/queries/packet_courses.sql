-- The courses of one patient, and the episodes they are for.
-- Grain: one row for each current course that began by the data cut.
-- Source: course_fact, course, episode, episode_fact.
-- Caveat: $1 is the patient_key, $2 the last day that is shown.
SELECT
    f.row_key, c.course_id, e.episode_id, d.disease, f.line_number, f.started_on, f.stopped_on, f.ongoing, f.intent,
    f.start_reason, f.stop_reason, f.course_key
FROM episode AS e
JOIN episode_fact AS d ON d.episode_key = e.episode_key AND d.superseded_by IS NULL
JOIN course AS c ON c.episode_key = e.episode_key
JOIN course_fact AS f ON f.course_key = c.course_key AND f.superseded_by IS NULL
WHERE e.patient_key = $1 AND f.started_on <= $2
ORDER BY f.started_on, c.course_id
