-- Every adverse event, as it is known now.
-- Grain: one row for each adverse event that is not withdrawn.
-- Source: adverse_event, adverse_event_fact, patient.
-- Caveat: serious and severe (ctcae_grade) are different things.
CREATE VIEW adverse_event_view AS
SELECT
    p.patient_id, a.adverse_event_id, f.category, f.term, f.onset_on, f.ended_on, f.ctcae_version,
    f.ctcae_grade, f.serious, f.seriousness_criteria, f.outcome, f.meddra_code, f.note,
    a.patient_key, f.adverse_event_key, f.row_key, f.version, f.change_seq
FROM adverse_event_fact AS f
JOIN adverse_event AS a USING (adverse_event_key)
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
