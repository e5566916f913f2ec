-- The rows that decided the calls on one patient's courses under the criteria in use.
-- Grain: one row for each piece of evidence, in the order of the reasoning.
-- Source: evidence_view.
-- Caveat: source_id names an observation, bleed, transfusion or rescue.
-- $1: the patient's key; $2: the criteria in use.
SELECT
    course_id, criteria_id, step, source, observation_id AS source_id, analyte, observed_on, predicate,
    threshold::DOUBLE AS threshold, value, unit, held
FROM evidence_view
WHERE patient_key = $1 AND list_contains($2::TEXT[], criteria_id)
ORDER BY course_id, criteria_id, position;
