-- an identifier names one thing
-- Grain: one row for each identifier that names more.
-- Source: patient, episode, course, adverse_event.
-- Caveat: repeats the unique keys, for files whose index was damaged.
SELECT 'patient' AS anchor, patient_id AS id, count(*) AS times FROM patient GROUP BY patient_id HAVING count(*) > 1
UNION ALL
SELECT 'episode' AS anchor, episode_id AS id, count(*) AS times FROM episode GROUP BY episode_id HAVING count(*) > 1
UNION ALL
SELECT 'course' AS anchor, course_id AS id, count(*) AS times FROM course GROUP BY course_id HAVING count(*) > 1
UNION ALL
SELECT 'adverse_event' AS anchor, adverse_event_id AS id, count(*) AS times FROM adverse_event GROUP BY adverse_event_id HAVING count(*) > 1
