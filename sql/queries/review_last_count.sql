-- One count as it stands now, as evidence would cite it.
-- Grain: one row if the count is current and can be judged.
-- Source: observation.
-- Caveat: $1 is the patient_key, $2 the observation_id; the value is written as in evidence_view.
SELECT
    observed_on,
    coalesce(comparator, '') || regexp_replace(printf('%.6f', canonical_e6 / 1000000), '\.?0+$', '') AS value
FROM observation
WHERE patient_key = $1 AND observation_id = $2 AND superseded_by IS NULL AND not_evaluable IS NULL
