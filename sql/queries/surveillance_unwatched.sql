-- Surveillance: patients given an infusion whom no protocol in force watches.
-- Grain: one row for each agent and setting, with its patients; the dead are left out.
-- Source: infused (surveillance_infused.sql); counted_patient_view; current rows of exposure and patient_fact.
-- Caveat: a patient with several settings stands in each. Infusions after the day asked are as if unknown.
-- $1: the plan: as_of, and sites (NULL: all).
SELECT agent, setting, count(DISTINCT patient_key)::INTEGER AS patients
FROM exposure
JOIN patient USING (patient_key)
SEMI JOIN counted_patient_view USING (patient_key)
LEFT JOIN patient_fact AS fact USING (patient_key)
ANTI JOIN infused USING (patient_key)
WHERE exposure.superseded_by IS NULL
    AND fact.superseded_by IS NULL
    AND exposure.started_on <= ($1).as_of
    AND (died_on IS NULL OR died_on > ($1).as_of)
    AND (($1).sites IS NULL OR list_contains(($1).sites::TEXT[], site))
GROUP BY agent, setting
ORDER BY agent, setting
