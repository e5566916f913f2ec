-- Remission off treatment of every course that it is asked for.
-- Grain: one row for each stopped course with an agent that the criteria ask this of.
-- Source: call, course.
-- Caveat: empty = not yet known, never no.
CREATE VIEW remission_view AS
SELECT
    k.course_id, c.off_treatment_from,
    CASE WHEN c.srot30 THEN 'yes' WHEN NOT c.srot30 THEN 'no' END AS srot30,
    CASE WHEN c.srot50 THEN 'yes' WHEN NOT c.srot50 THEN 'no' END AS srot50,
    c.days_off, c.criteria_id, c.course_key, c.patient_key
FROM call AS c
JOIN course AS k USING (course_key)
WHERE c.off_treatment_from IS NOT NULL;
