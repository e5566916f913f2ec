-- One cited record as it stands now, as evidence would cite it.
-- Grain: one row if the record is current and, for a count, can be judged.
-- Source: observation, bleed, transfusion, rescue.
-- Caveat: $1 is the patient_key, $2 the source as evidence has it, $3 the id; the value is written as in review_cited.
SELECT
    observed_on,
    coalesce(comparator, '') || regexp_replace(printf('%.6f', canonical_e6 / 1000000), '\.?0+$', '') AS value
FROM observation
WHERE $2 = 'observation' AND patient_key = $1 AND observation_id = $3 AND superseded_by IS NULL AND not_evaluable IS NULL
UNION ALL
SELECT started_on, scale || ' ' || grade::VARCHAR || coalesce(', until ' || ended_on::VARCHAR, '')
FROM bleed
WHERE $2 = 'bleed' AND patient_key = $1 AND bleed_id = $3 AND superseded_by IS NULL
UNION ALL
SELECT given_on, concat_ws(' ', units, product, reason)
FROM transfusion
WHERE $2 = 'transfusion' AND patient_key = $1 AND transfusion_id = $3 AND superseded_by IS NULL
UNION ALL
SELECT given_on, concat_ws(' ', agent, reason)
FROM rescue
WHERE $2 = 'rescue' AND patient_key = $1 AND rescue_id = $3 AND superseded_by IS NULL
