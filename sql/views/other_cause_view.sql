-- Every other recorded explanation of a low count, as it is known now.
-- Grain: one row for each patient, first day, disease and cause that is not withdrawn.
-- Source: other_cause, patient.
-- Caveat: cause is free text.
CREATE VIEW other_cause_view AS
SELECT
    p.patient_id, f.started_on, f.ended_on, f.disease, f.cause,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM other_cause AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
