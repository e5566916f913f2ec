-- What one stored call cites.
-- Grain: one row for each piece of evidence, in the order of the call's reasoning.
-- Source: evidence_view, bleed, transfusion, rescue.
-- Caveat: $1 is the course_key, $2 the criteria set; the value is that of the cited version, and what a bleed, a
-- transfusion or a rescue says in place of one.
SELECT
    e.step, e.source, e.observation_id, e.observed_on, e.predicate, e.threshold,
    coalesce(
        e.value,
        b.scale || ' ' || b.grade::VARCHAR || coalesce(', until ' || b.ended_on::VARCHAR, ''),
        nullif(concat_ws(' ', t.units, t.product, t.reason), ''),
        nullif(concat_ws(' ', r.agent, r.reason), '')
    ) AS value,
    e.held
FROM evidence_view AS e
LEFT JOIN bleed AS b ON e.source = 'bleed' AND b.row_key = e.row_key
LEFT JOIN transfusion AS t ON e.source = 'transfusion' AND t.row_key = e.row_key
LEFT JOIN rescue AS r ON e.source = 'rescue' AND r.row_key = e.row_key
WHERE e.course_key = $1 AND e.criteria_id = $2
ORDER BY e.position
