-- What each patient decided about the use of the record, as it is known now.
-- Grain: one row for each consent that is not withdrawn as a fact.
-- Source: consent, patient.
-- Caveat: which of several decisions counts is in refusal_view.
CREATE VIEW consent_view AS
SELECT
    p.patient_id, f.consent_id, f.decided_on, f.consent, f.note,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM consent AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
