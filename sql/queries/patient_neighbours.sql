-- The patients before and after one in the order of pseudonyms, of those whom the reader may read.
-- Grain: one row; an end of the order has NULL.
-- Source: patient, patient_fact.
-- Caveat: patients without a site are neighbours only for who may read the whole registry.
-- $1: the pseudonym; $2: the sites, NULL for the whole registry.
SELECT
    max(p.patient_id) FILTER (WHERE p.patient_id < $1) AS before,
    min(p.patient_id) FILTER (WHERE p.patient_id > $1) AS after
FROM patient AS p
JOIN patient_fact AS f USING (patient_key)
WHERE f.superseded_by IS NULL AND ($2::TEXT[] IS NULL OR list_contains($2::TEXT[], f.site));
