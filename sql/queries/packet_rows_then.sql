-- The rows about which a reader may ask, as they stood when a packet was frozen.
-- Grain: one row for each fact of one list of the packet that stood before the change.
-- Source: observation, course_fact, course, episode, bleed, transfusion, rescue, adverse_event, adverse_event_fact.
-- Caveat: $1 is the patient_key, $2 the list of the packet, $3 the audit event that opened the case.
WITH fact AS (
    SELECT 'observations' AS part, row_key, observation_id AS name, patient_key, change_seq, superseded_by
    FROM observation
    UNION ALL
    SELECT 'bleeds', row_key, bleed_id, patient_key, change_seq, superseded_by FROM bleed
    UNION ALL
    SELECT 'transfusions', row_key, transfusion_id, patient_key, change_seq, superseded_by FROM transfusion
    UNION ALL
    SELECT 'rescues', row_key, rescue_id, patient_key, change_seq, superseded_by FROM rescue
    UNION ALL
    SELECT 'courses', f.row_key, c.course_id, e.patient_key, f.change_seq, f.superseded_by
    FROM course_fact AS f
    JOIN course AS c USING (course_key)
    JOIN episode AS e USING (episode_key)
    UNION ALL
    SELECT 'adverse_events', f.row_key, a.adverse_event_id, a.patient_key, f.change_seq, f.superseded_by
    FROM adverse_event_fact AS f
    JOIN adverse_event AS a USING (adverse_event_key)
)

SELECT row_key, name
FROM fact
WHERE part = $2 AND patient_key = $1 AND change_seq < $3 AND (superseded_by IS NULL OR superseded_by > $3)
ORDER BY row_key
