-- The sites that have a patient.
-- Grain: one row for each site.
-- Source: patient_view.
-- Caveat: patients without a site are not in any.
SELECT DISTINCT site
FROM patient_view
WHERE site IS NOT NULL
ORDER BY site;
