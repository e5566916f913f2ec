-- Some counts of one patient as they stand now.
-- Grain: one row for each observation that was ever recorded under the name.
-- Source: observation.
-- Caveat: $1 is the patient_key, $2 the observation_ids; value is written as in evidence_view, and empty where the
-- count is withdrawn; why says what else keeps it from being judged.
SELECT
    observation_id,
    arg_max(analyte, version) AS analyte,
    arg_max(observed_on, version) AS observed_on,
    any_value(
        coalesce(comparator, '') || regexp_replace(printf('%.6f', canonical_e6 / 1000000), '\.?0+$', '')
    ) FILTER (WHERE superseded_by IS NULL) AS value,
    any_value(not_evaluable) FILTER (WHERE superseded_by IS NULL) AS why,
    bool_and(superseded_by IS NOT NULL) AS withdrawn,
    min(change_seq) AS first_seq
FROM observation
WHERE patient_key = $1 AND list_contains($2::TEXT[], observation_id)
GROUP BY observation_id
