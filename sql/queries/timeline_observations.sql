-- The platelet counts and hemoglobins of one patient, in order of day.
-- Grain: one row for each observation that is not withdrawn.
-- Source: observation_view.
-- Caveat: hemolysis markers are cited in the evidence and are not drawn.
-- $1: the patient's key.
SELECT
    observation_id, observed_on, analyte, value_canonical, comparator, not_evaluable, value, unit, specimen, quality
FROM observation_view
WHERE patient_key = $1 AND analyte IN ('platelets', 'hemoglobin')
ORDER BY observed_on, analyte, observation_id;
