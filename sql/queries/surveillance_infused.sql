-- Surveillance: who was infused, and by which protocol each patient is watched on a day.
-- Grain: one row for each patient at the sites asked for with an infusion that a protocol in force there covers.
-- Source: current rows of exposure and patient_fact; counted_patient_view where figures are wanted; the protocols in force as parameters.
-- Caveat: a patient whom several protocols cover stands in the first of them (a site's own before the published),
--   with the infusions that this one covers. The dead are here too: who leaves them out says so.
-- $1: the plan: as_of, sites (NULL: all), patient_id (NULL: all), counted (only those who may stand in figures). $2: the protocols in force, the first goes before:
--   place, sites (NULL: all), agent, settings.
WITH protocol AS (
    SELECT unnest($2::STRUCT(place INTEGER, sites TEXT[], agent TEXT, settings TEXT[])[], recursive := true)
),
at_site AS (
    SELECT patient_key, patient_id, site, born_on, died_on, last_contact_on
    FROM patient
    LEFT JOIN patient_fact AS fact USING (patient_key)
    WHERE fact.superseded_by IS NULL
        AND (($1).sites IS NULL OR list_contains(($1).sites::TEXT[], site))
        AND (($1).patient_id IS NULL OR patient_id = ($1).patient_id::TEXT)
        AND (NOT ($1).counted OR patient_key IN (SELECT patient_key FROM counted_patient_view))
),
covered AS (
    SELECT
        patient_key,
        place,
        min(started_on) AS first_infusion_on,
        max(coalesce(ended_on, started_on)) AS last_infusion_on
    FROM exposure
    JOIN at_site USING (patient_key)
    JOIN protocol ON protocol.agent = exposure.agent
        AND list_contains(settings, setting)
        AND (protocol.sites IS NULL OR list_contains(protocol.sites, site))
    WHERE superseded_by IS NULL AND started_on <= ($1).as_of
    GROUP BY patient_key, place
),
chosen AS (
    SELECT
        patient_key,
        min(place) AS place,
        arg_min(first_infusion_on, place) AS first_infusion_on,
        arg_min(last_infusion_on, place) AS last_infusion_on
    FROM covered
    GROUP BY patient_key
)
SELECT patient_key, patient_id, site, born_on, died_on, last_contact_on, place, first_infusion_on, last_infusion_on
FROM chosen
JOIN at_site USING (patient_key)
ORDER BY patient_key
