-- Every transfusion, as it is known now.
-- Grain: one row for each transfusion that is not withdrawn.
-- Source: transfusion, patient.
-- Caveat: units is text as reported.
CREATE VIEW transfusion_view AS
SELECT
    p.patient_id, f.transfusion_id, f.given_on, f.product, f.units, f.reason,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM transfusion AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
