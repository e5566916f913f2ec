-- Whether somebody logged facts of a patient.
-- Grain: one row if so.
-- Source: patient_author_view.
-- Caveat: $1 is the patient_key, $2 the name of the account.
SELECT 1 FROM patient_author_view WHERE patient_key = $1 AND author = $2
