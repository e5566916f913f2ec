-- Everything measured in one patient, to hold a pasted block against it.
-- Grain: one row for each current observation.
-- Source: observation_view.
-- Caveat: $1 is the patient_id.
SELECT
    v.observation_id, v.version, v.observed_on, v.observed_at_reported, v.analyte, v.value, v.unit, v.quality,
    v.missing_reason, v.canonical_e6, v.comparator
FROM observation_view AS v
WHERE v.patient_key = (SELECT patient_key FROM patient WHERE patient_id = $1)
ORDER BY v.observed_on, v.analyte, v.observation_id
