-- Every bleeding, as it is known now.
-- Grain: one row for each bleeding that is not withdrawn.
-- Source: bleed, patient.
-- Caveat: site is where in the body, not the hospital.
CREATE VIEW bleed_view AS
SELECT
    p.patient_id, f.bleed_id, f.started_on, f.ended_on, f.scale, f.grade, f.site, f.itp_related,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM bleed AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
