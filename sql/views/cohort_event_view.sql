-- Every adverse event of a cohort patient between the first cytopenia and the last contact or death.
-- Grain: one row for each such adverse event that is not withdrawn.
-- Source: adverse_event_view, cohort_patient_view.
-- Caveat: what happened before the first cytopenia is history and not counted; without a last contact there is no
-- upper end.
CREATE VIEW cohort_event_view AS
SELECT a.adverse_event_id, a.category, a.ctcae_grade, a.ctcae_version, a.onset_on, p.site, p.patient_key
FROM adverse_event_view AS a
JOIN cohort_patient_view AS p USING (patient_key)
WHERE a.onset_on BETWEEN p.onset_on AND coalesce(p.followed_to, a.onset_on);
