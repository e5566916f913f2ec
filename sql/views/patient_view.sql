-- What is known now about each patient.
-- Grain: one row for each patient that is not withdrawn.
-- Source: patient, patient_fact.
-- Caveat: dates may be shifted by the source.
CREATE VIEW patient_view AS
SELECT
    p.patient_id, f.site, f.sex, f.born_on, f.last_contact_on, f.died_on, f.death_cause,
    p.patient_key, f.row_key, f.version, f.change_seq
FROM patient_fact AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
