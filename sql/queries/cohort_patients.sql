-- The patients of a cohort, kept as the table cohort_patient.
-- Grain: one row for each patient with a cytopenia at a chosen site, in the chosen setting.
-- Source: cohort_patient_view, counted_patient_view, plan.
-- Caveat: the setting is that of the last alemtuzumab begun before the first cytopenia; whether a disease is primary
-- is a property of its episode and chooses courses, not patients. {consent} is counted_patient_view; with refusal_view
-- the same query gives those who are left out.
SELECT p.*, p.itp_onset_on IS NOT NULL AND p.aiha_onset_on IS NOT NULL AS evans
FROM cohort_patient_view AS p
SEMI JOIN {consent} USING (patient_key)
CROSS JOIN plan
WHERE (plan.sites IS NULL OR list_contains(plan.sites, p.site))
    AND CASE
        WHEN plan.setting IS NULL OR plan.setting = 'primary' THEN true
        WHEN plan.setting = 'alemtuzumab' THEN p.setting IS NOT NULL
        WHEN plan.setting = 'no_alemtuzumab' THEN p.setting IS NULL
        ELSE coalesce(p.setting = plan.setting, false)
    END
