-- Surveillance: the living patients whom one programme watches on a day, numbered for the judge.
-- Grain: one row for each such patient, numbered from 0.
-- Source: infused (surveillance_infused.sql).
-- Caveat: who died on the day asked is not among them.
-- $1: the plan: the day and the place of the programme among those in force.
SELECT
    (row_number() OVER (ORDER BY patient_key) - 1)::INTEGER AS number,
    patient_key,
    patient_id,
    site,
    first_infusion_on
FROM infused
WHERE place = ($1).place AND (died_on IS NULL OR died_on > ($1).as_of)
