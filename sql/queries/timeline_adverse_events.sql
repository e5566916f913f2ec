-- The adverse events of one patient, in order of onset.
-- Grain: one row for each adverse event that is not withdrawn.
-- Source: adverse_event_view.
-- Caveat: an adverse event without onset comes last and is not drawn.
-- $1: the patient's key.
SELECT adverse_event_id, category, term, onset_on, ended_on, ctcae_version, ctcae_grade, serious, outcome
FROM adverse_event_view
WHERE patient_key = $1
ORDER BY onset_on NULLS LAST, adverse_event_id;
