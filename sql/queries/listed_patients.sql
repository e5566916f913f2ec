-- What is known of some patients, for a list.
-- Grain: one row for each patient asked for that is not withdrawn.
-- Source: patient, patient_fact, episode, episode_fact.
-- Caveat: in no order. Keys are asked for by IN, which reads only their part of the tables; a join reads all.
-- $1: the keys of the patients.
WITH ill AS (
    SELECT e.patient_key, string_agg(f.disease, ' + ' ORDER BY f.onset_on) AS diseases, min(f.onset_on) AS onset_on
    FROM episode_fact AS f
    JOIN episode AS e USING (episode_key)
    WHERE f.superseded_by IS NULL AND e.patient_key IN (SELECT unnest($1::INTEGER[]))
    GROUP BY e.patient_key
)

SELECT
    f.patient_key, p.patient_id, f.site, f.sex, f.born_on, i.diseases, i.onset_on, f.last_contact_on, f.died_on
FROM patient_fact AS f
JOIN patient AS p USING (patient_key)
LEFT JOIN ill AS i USING (patient_key)
WHERE f.superseded_by IS NULL AND f.patient_key IN (SELECT unnest($1::INTEGER[]))
