-- Why columns of facts are empty, as it is known now.
-- Grain: one row for each reason that is not withdrawn.
-- Source: missing_value, patient.
-- Caveat: an observation without a value says so itself, in missing_reason.
CREATE VIEW missing_value_view AS
SELECT
    p.patient_id, f.table_name, f.fact_id, f.column_name, f.reason,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM missing_value AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
