-- How far each course is held to have caused each adverse event, as it is known now.
-- Grain: one row for each adverse event and course that is not withdrawn.
-- Source: attribution, adverse_event, course.
-- Caveat: the judgement of the reporter, not of the registry.
CREATE VIEW attribution_view AS
SELECT
    a.adverse_event_id, c.course_id, f.relatedness,
    a.patient_key, f.adverse_event_key, f.course_key, f.row_key, f.version, f.change_seq
FROM attribution AS f
JOIN adverse_event AS a USING (adverse_event_key)
JOIN course AS c USING (course_key)
WHERE f.superseded_by IS NULL;
