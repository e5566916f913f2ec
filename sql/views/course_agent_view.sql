-- Every dose step, as it is known now.
-- Grain: one row for each course, agent and first day that is not withdrawn.
-- Source: course_agent, course.
-- Caveat: dose is text as reported; only prednisolone_mg_e6 can be compared.
CREATE VIEW course_agent_view AS
SELECT
    c.course_id, f.agent, f.started_on, f.stopped_on, f.dose, f.dose_unit, f.route, f.frequency, f.weight_kg,
    f.agent_class, f.atc, f.prednisolone_mg_e6,
    f.course_key, f.row_key, f.version, f.change_seq
FROM course_agent AS f
JOIN course AS c USING (course_key)
WHERE f.superseded_by IS NULL;
