-- The hemolysis markers that cannot be judged because they came without the limits of their laboratory.
-- Grain: one row for each current marker with a value and no state.
-- Source: observation, which stands for that of one patient.
-- Caveat: the value is canonical, with its comparator.
SELECT
    observation_id AS id, observed_on,
    coalesce(comparator, '') || regexp_replace(printf('%.6f', canonical_e6 / 1000000), '\.?0+$', '') AS value,
    CASE analyte
        WHEN 'reticulocytes' THEN '10*9/L' WHEN 'haptoglobin' THEN 'g/L' WHEN 'ldh' THEN 'U/L' ELSE 'umol/L'
    END AS unit,
    analyte
FROM observation
WHERE
    superseded_by IS NULL AND not_evaluable IS NULL AND marker_state IS NULL AND canonical_e6 IS NOT NULL
    AND analyte IN ('ldh', 'haptoglobin', 'bilirubin', 'reticulocytes')
ORDER BY observed_on, analyte, observation_id
