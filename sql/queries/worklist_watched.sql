-- Surveillance: the patients whom one protocol watches on a day, numbered for the judge.
-- Grain: one row for each such patient, numbered from 0.
-- Source: infused (surveillance_infused.sql).
-- Caveat: who died by the day asked is among them only where the plan asks for the dead.
-- $1: the plan: the day, the place of the protocol among those in force, and whether the dead are asked for.
SELECT
    (row_number() OVER (ORDER BY patient_key) - 1)::INTEGER AS number,
    patient_key,
    patient_id,
    site,
    first_infusion_on,
    died_on,
    date_sub('year', born_on, ($1).as_of)::INTEGER AS age
FROM infused
WHERE place = ($1).place AND (($1).dead OR died_on IS NULL OR died_on > ($1).as_of)
