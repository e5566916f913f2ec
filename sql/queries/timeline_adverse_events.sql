-- The adverse events of one patient, in order of onset.
-- Grain: one row for each adverse event that is not withdrawn.
-- Source: adverse_event_fact.
-- Caveat: an adverse event without onset comes last and is not drawn.
-- $1, $2: the lowest and the highest key of the patient's adverse events; $3: all of them.
SELECT adverse_event_key, category, term, onset_on, ended_on, ctcae_version, ctcae_grade, serious, outcome
FROM adverse_event_fact
WHERE adverse_event_key BETWEEN $1 AND $2
    AND list_contains($3::INTEGER[], adverse_event_key)
    AND superseded_by IS NULL
ORDER BY onset_on NULLS LAST, adverse_event_key;
