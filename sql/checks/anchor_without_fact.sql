-- everything that is named has been described
-- Grain: one row for each name that nothing describes.
-- Source: patient, episode, course, adverse_event and their facts.
-- Caveat: withdrawn facts count: they were described once.
SELECT 'patient' AS anchor, patient_id AS id FROM patient WHERE patient_key NOT IN (SELECT patient_key FROM patient_fact)
UNION ALL
SELECT 'episode' AS anchor, episode_id AS id FROM episode WHERE episode_key NOT IN (SELECT episode_key FROM episode_fact)
UNION ALL
SELECT 'course' AS anchor, course_id AS id FROM course WHERE course_key NOT IN (SELECT course_key FROM course_fact)
UNION ALL
SELECT 'adverse_event' AS anchor, adverse_event_id AS id FROM adverse_event WHERE adverse_event_key NOT IN (SELECT adverse_event_key FROM adverse_event_fact)
