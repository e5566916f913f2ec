-- The patients that fit the filters, those first that were changed last, a page of them.
-- Grain: one row for each patient that is not withdrawn; found is the number of all that fit.
-- Source: patient_view, touched.
-- Caveat: `conditions` as in patient_search; of patients changed together, as by one import, those come first that come
--   first by pseudonym.
-- $1: how many to skip. $2: how many to give. Then what the conditions need.
SELECT p.patient_key, count(*) OVER () AS found
FROM patient_view AS p
LEFT JOIN (
    SELECT patient_key, max(change_seq) AS change_seq
    FROM touched
    GROUP BY patient_key
) AS t USING (patient_key)
WHERE {conditions}
ORDER BY t.change_seq DESC NULLS LAST, p.patient_id
LIMIT $2 OFFSET $1
