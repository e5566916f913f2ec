-- The erasures that were asked for and neither confirmed nor taken back.
-- Grain: one row for each, the oldest first.
-- Source: erasure_request, patient, patient_fact, account.
-- Caveat: one whose asker's account is disabled confirms nothing. $1: one patient (NULL: all).
SELECT p.patient_id, f.site, r.asked_by, r.asked_at, r.reason, r.change_seq
FROM erasure_request AS r
JOIN patient AS p USING (patient_key)
LEFT JOIN patient_fact AS f ON f.patient_key = r.patient_key AND f.superseded_by IS NULL
WHERE $1::TEXT IS NULL OR p.patient_id = $1
ORDER BY r.asked_at, p.patient_id
