-- Surveillance: the living patients who had the agent and are on no list, numbered for the judge.
-- Grain: one row for each patient whom no protocol in force watches, or who is named as taken off the list.
-- Source: infused (surveillance_infused.sql); current rows of exposure and patient_fact.
-- Caveat: the setting is that of the last infusion. Infusions after the day asked are as if unknown.
-- $1: the plan: as_of, agent, sites (NULL: all), and the pseudonyms that are taken off the list.
WITH exposed AS (
    SELECT
        patient_key,
        min(started_on) AS first_infusion_on,
        max(coalesce(ended_on, started_on)) AS last_infusion_on,
        arg_max(setting, (started_on, row_key)) AS setting
    FROM exposure
    WHERE superseded_by IS NULL AND agent = ($1).agent AND started_on <= ($1).as_of
    GROUP BY patient_key
)
SELECT
    (row_number() OVER (ORDER BY patient_key) - 1)::INTEGER AS number,
    patient_key,
    patient_id,
    fact.site,
    first_infusion_on,
    last_infusion_on,
    setting
FROM exposed
JOIN patient USING (patient_key)
LEFT JOIN patient_fact AS fact USING (patient_key)
WHERE fact.superseded_by IS NULL
    AND (fact.died_on IS NULL OR fact.died_on > ($1).as_of)
    AND (($1).sites IS NULL OR list_contains(($1).sites::TEXT[], fact.site))
    AND (
        list_contains(($1).removed::TEXT[], patient_id)
        OR NOT EXISTS (FROM infused WHERE infused.patient_key = exposed.patient_key)
    )
