-- The patients who may stand in figures, exports and packets.
-- Grain: one row for each patient who neither refused nor withdrew consent.
-- Source: patient, refusal_view.
-- Caveat: every figure, export and packet draws from here; care does not: worklist, patient page, entry and tasks go on.
CREATE VIEW counted_patient_view AS
SELECT p.patient_key
FROM patient AS p
ANTI JOIN refusal_view AS r USING (patient_key);
