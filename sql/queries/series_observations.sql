-- The counts and hemolysis markers of some patients.
-- Grain: one row for each current evaluable observation, in the order in which they are stored.
-- Source: observation.
-- Caveat: $1 and $2 are the first and last patient_key; a comparator moves a count by one millionth to its side; kind is
-- -1 for a marker without a state, for to leave it out here would cost more than to read everything.
SELECT
    patient_key,
    observed_on,
    CASE analyte
        WHEN 'platelets' THEN 0
        WHEN 'hemoglobin' THEN 1
        ELSE
            CASE
                WHEN marker_state IS NULL THEN -1
                WHEN analyte = 'ldh' THEN 2 WHEN analyte = 'haptoglobin' THEN 3 WHEN analyte = 'bilirubin' THEN 4
                ELSE 5
            END
    END::TINYINT AS kind,
    CASE
        WHEN marker_state IS NULL
            THEN
                CASE
                    WHEN comparator IS NULL THEN canonical_e6
                    WHEN comparator = '<' THEN canonical_e6 - 1
                    ELSE canonical_e6 + 1
                END
        WHEN marker_state = 'normal' THEN 0
        WHEN marker_state = 'abnormal' THEN 1
        ELSE 2
    END AS value,
    row_key
FROM observation
WHERE superseded_by IS NULL AND not_evaluable IS NULL AND patient_key BETWEEN $1 AND $2
