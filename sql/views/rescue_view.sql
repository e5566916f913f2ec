-- Every rescue, as it is known now.
-- Grain: one row for each rescue that is not withdrawn.
-- Source: rescue, patient.
-- Caveat: a rescue is no course and has no line number.
CREATE VIEW rescue_view AS
SELECT
    p.patient_id, f.rescue_id, f.given_on, f.agent, f.reason,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM rescue AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
