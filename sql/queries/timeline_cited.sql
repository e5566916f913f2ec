-- The rows of one patient that evidence cites, whether current or amended since.
-- Grain: one row for each cited observation, bleed, transfusion or rescue; source is its code in evidence.
-- Source: observation, bleed, transfusion, rescue.
-- Caveat: value is canonical and is for reading.
-- $1: the patient's key; $2: the cited row keys.
SELECT 0 AS source, row_key, observation_id AS id, analyte, comparator, canonical_e6::DOUBLE / 1000000 AS value
FROM observation
WHERE patient_key = $1 AND list_contains($2::BIGINT[], row_key)
UNION ALL
SELECT 1, row_key, bleed_id, NULL, NULL, NULL FROM bleed WHERE patient_key = $1
UNION ALL
SELECT 2, row_key, transfusion_id, NULL, NULL, NULL FROM transfusion WHERE patient_key = $1
UNION ALL
SELECT 3, row_key, rescue_id, NULL, NULL, NULL FROM rescue WHERE patient_key = $1;
