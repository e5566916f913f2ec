-- The adverse events of one patient.
-- Grain: one row for each current adverse event that began by the data cut.
-- Source: adverse_event, adverse_event_fact.
-- Caveat: $1 is the patient_key, $2 the last day that is shown; notes are left out.
SELECT
    f.row_key, a.adverse_event_id, f.category, f.term, f.onset_on, f.ended_on, f.ctcae_version, f.ctcae_grade,
    f.serious, f.outcome
FROM adverse_event AS a
JOIN adverse_event_fact AS f ON f.adverse_event_key = a.adverse_event_key AND f.superseded_by IS NULL
WHERE a.patient_key = $1 AND f.onset_on <= $2
ORDER BY f.onset_on, a.adverse_event_id
