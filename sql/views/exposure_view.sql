-- Every alemtuzumab infusion, as it is known now.
-- Grain: one row for each infusion that is not withdrawn.
-- Source: exposure, patient.
-- Caveat: dose_mg is text as reported.
CREATE VIEW exposure_view AS
SELECT
    p.patient_id, f.exposure_id, f.agent, f.setting, f.started_on, f.ended_on, f.cycle,
    f.dose_mg, f.indication_on,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM exposure AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
