-- Every fact of a patient by the name under which missing_value speaks of it, as it is known now.
-- Grain: one row for each fact that is not withdrawn.
-- Source: the fact tables of patients and their anchors.
-- Caveat: large; always ask for one table_name, or for few patients. Only the tables that may lack a value (registry/record/fields.py).
CREATE VIEW fact_name_view AS
SELECT 'patient' AS table_name, p.patient_id AS fact_id, f.patient_key, f.row_key
FROM patient_fact AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL
UNION ALL
SELECT 'exposure', f.exposure_id, f.patient_key, f.row_key FROM exposure AS f WHERE f.superseded_by IS NULL
UNION ALL
SELECT 'episode', e.episode_id, e.patient_key, f.row_key
FROM episode_fact AS f
JOIN episode AS e USING (episode_key)
WHERE f.superseded_by IS NULL
UNION ALL
SELECT 'course', c.course_id, e.patient_key, f.row_key
FROM course_fact AS f
JOIN course AS c USING (course_key)
JOIN episode AS e USING (episode_key)
WHERE f.superseded_by IS NULL
UNION ALL
SELECT 'course_agent', c.course_id || '/' || f.agent || '/' || f.started_on::VARCHAR, e.patient_key, f.row_key
FROM course_agent AS f
JOIN course AS c USING (course_key)
JOIN episode AS e USING (episode_key)
WHERE f.superseded_by IS NULL
UNION ALL
SELECT 'observation', f.observation_id, f.patient_key, f.row_key FROM observation AS f WHERE f.superseded_by IS NULL
UNION ALL
SELECT 'bleed', f.bleed_id, f.patient_key, f.row_key FROM bleed AS f WHERE f.superseded_by IS NULL
UNION ALL
SELECT 'transfusion', f.transfusion_id, f.patient_key, f.row_key FROM transfusion AS f WHERE f.superseded_by IS NULL
UNION ALL
SELECT 'rescue', f.rescue_id, f.patient_key, f.row_key FROM rescue AS f WHERE f.superseded_by IS NULL
UNION ALL
SELECT
    'other_cause', f.started_on::VARCHAR || '/' || f.disease || '/' || f.cause, f.patient_key, f.row_key
FROM other_cause AS f
WHERE f.superseded_by IS NULL
UNION ALL
SELECT 'adverse_event', a.adverse_event_id, a.patient_key, f.row_key
FROM adverse_event_fact AS f
JOIN adverse_event AS a USING (adverse_event_key)
WHERE f.superseded_by IS NULL;
