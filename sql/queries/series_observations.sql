-- The evaluable counts and hemolysis markers of some patients.
-- Grain: one row for each current observation that may be judged, in the order in which they are stored.
-- Source: observation.
-- Caveat: $1 and $2 are the first and last patient_key; a comparator moves a count by one millionth to its side.
SELECT
    patient_key,
    observed_on,
    CASE analyte
        WHEN 'platelets' THEN 0 WHEN 'hemoglobin' THEN 1 WHEN 'ldh' THEN 2
        WHEN 'haptoglobin' THEN 3 WHEN 'bilirubin' THEN 4 ELSE 5
    END::TINYINT AS kind,
    CASE
        WHEN analyte IN ('platelets', 'hemoglobin')
            THEN canonical_e6 + CASE comparator WHEN '<' THEN -1 WHEN '>' THEN 1 ELSE 0 END
        WHEN marker_state = 'normal' THEN 0
        WHEN marker_state = 'abnormal' THEN 1
        ELSE 2
    END AS value,
    row_key
FROM observation
WHERE superseded_by IS NULL
    AND not_evaluable IS NULL
    AND (analyte IN ('platelets', 'hemoglobin') OR marker_state IS NOT NULL)
    AND patient_key BETWEEN $1 AND $2
