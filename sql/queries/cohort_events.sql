-- The adverse events of the patients of a cohort, kept as the table cohort_event.
-- Grain: one row for each adverse event between the first cytopenia and the last contact or death.
-- Source: adverse_event_view, cohort_patient.
-- Caveat: what happened before the first cytopenia is history and not counted; the end of follow-up is that of
-- cohort_patient_view, so that events and time are of the same patients.
SELECT a.adverse_event_key, a.category, a.ctcae_grade, a.onset_on, a.patient_key
FROM adverse_event_view AS a
JOIN cohort_patient AS p USING (patient_key)
WHERE a.onset_on BETWEEN p.onset_on AND p.followed_to
