-- Every other drug of a patient, as it is known now.
-- Grain: one row for each comedication that is not withdrawn.
-- Source: comedication, patient.
-- Caveat: agent is free text; an end that nobody recorded is empty.
CREATE VIEW comedication_view AS
SELECT
    p.patient_id, f.comedication_id, f.agent, f.kind, f.started_on, f.ended_on,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM comedication AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
