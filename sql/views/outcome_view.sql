-- What was done about findings of surveillance, as it is known now.
-- Grain: one row for each outcome that is not withdrawn.
-- Source: outcome, patient.
-- Caveat: which of them settle a finding or take a patient off the list is in the protocol's file.
CREATE VIEW outcome_view AS
SELECT
    p.patient_id, f.outcome_id, f.done_on, f.outcome, f.recheck_on, f.reason, f.note,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM outcome AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
