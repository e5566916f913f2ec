-- The patient of an episode, a course or an adverse event.
-- Grain: one row if there is such a thing.
-- Source: patient, episode, course, adverse_event.
-- Caveat: $1 is its id; what was withdrawn counts too. The name in braces comes from the list of anchors.
SELECT p.patient_id
FROM patient AS p
JOIN (
    SELECT 'episode' AS anchor, episode_id AS id, patient_key FROM episode
    UNION ALL
    SELECT 'course', c.course_id, e.patient_key FROM course AS c JOIN episode AS e USING (episode_key)
    UNION ALL
    SELECT 'adverse_event', adverse_event_id, patient_key FROM adverse_event
) AS named
    ON named.patient_key = p.patient_key
WHERE named.anchor = '{anchor}' AND named.id = $1
