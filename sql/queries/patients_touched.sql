-- The patients whose calls a change may have made stale.
-- Grain: one row for each patient.
-- Source: touched, patient.
-- Caveat: $1 is the number of the change.
SELECT DISTINCT p.patient_id
FROM touched AS t
JOIN patient AS p USING (patient_key)
WHERE t.change_seq = $1
ORDER BY p.patient_id
