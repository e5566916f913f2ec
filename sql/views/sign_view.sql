-- Signs of bleeding reported between counts, as they are known now.
-- Grain: one row for each sign that is not withdrawn.
-- Source: sign, patient.
-- Caveat: a sign is not graded; a graded bleed stands in bleed.
CREATE VIEW sign_view AS
SELECT
    p.patient_id, f.sign_id, f.noticed_on, f.ended_on, f.sign, f.note,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM sign AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
