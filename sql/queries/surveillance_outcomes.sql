-- Surveillance: what was done about some patients by one day, with who wrote it and when.
-- Grain: one row for each outcome that is not withdrawn; by patient, the last first.
-- Source: current rows of outcome and patient_fact; audit_event for who wrote an outcome.
-- Caveat: which of them settle a finding or take a patient off the list is in the protocol's file.
-- $1: the patients. $2: the day. $3: the sites that may be read (NULL: all).
SELECT patient_id, outcome_id, o.version, outcome, done_on, recheck_on, o.reason, note, actor, recorded_at, seq
FROM outcome_view AS o
JOIN audit_event ON seq = change_seq
JOIN patient_view AS p USING (patient_key, patient_id)
WHERE list_contains($1::TEXT[], patient_id)
    AND done_on <= $2
    AND ($3 IS NULL OR list_contains($3::TEXT[], p.site))
ORDER BY patient_id, done_on DESC, o.row_key DESC
