-- The calls of one course with the count that would have changed each.
-- Grain: one row for each criteria set that has judged the course.
-- Source: call_view, observation.
-- Caveat: $1 is the course_id.
SELECT v.*, o.observed_on AS pivot_on
FROM call_view AS v
LEFT JOIN observation AS o ON o.row_key = v.pivot_row_key AND o.patient_key = v.patient_key
WHERE v.course_id = $1
