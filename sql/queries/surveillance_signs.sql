-- Surveillance: the signs of bleeding that some patients had reported by one day, with who wrote them and when.
-- Grain: one row for each sign that is not withdrawn; by patient, the last first.
-- Source: current rows of sign and patient_fact; audit_event for who wrote a sign.
-- Caveat: until when a sign overrides the count is for adjudication/surveillance/bleeds.py to say.
-- $1: the patients. $2: the day. $3: the sites that may be read (NULL: all).
SELECT patient_id, sign_id, sign, noticed_on, ended_on, note, actor, recorded_at, seq
FROM sign_view AS s
JOIN audit_event ON seq = change_seq
JOIN patient_view AS p USING (patient_key, patient_id)
WHERE list_contains($1::TEXT[], patient_id)
    AND noticed_on <= $2
    AND ($3 IS NULL OR list_contains($3::TEXT[], p.site))
ORDER BY patient_id, noticed_on DESC, s.row_key DESC
