-- The counts and hemolysis markers of one patient, in order of day.
-- Grain: one row for each observation that is not withdrawn.
-- Source: observation.
-- Caveat: value_canonical is for reading; judging takes the exact value.
-- $1: the patient's key.
SELECT
    observation_id, observed_on, analyte, canonical_e6::DOUBLE / 1000000 AS value_canonical, comparator, not_evaluable,
    value, unit, specimen, quality, status
FROM observation
WHERE patient_key = $1 AND superseded_by IS NULL
ORDER BY observed_on, analyte, observation_id;
