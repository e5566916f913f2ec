-- The highest key of the patient anchors, 0 if there is none. Grain: one row.
SELECT coalesce(max(patient_key), 0) AS highest FROM patient
