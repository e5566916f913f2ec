-- The patients that fit what was typed, those first whose pseudonym begins with it, a page of them.
-- Grain: one row for each patient that is not withdrawn; found is the number of all that fit.
-- Source: patient_view.
-- Caveat: `conditions` stands for conditions on p, each a file patients_*.sql or one comparison; registry.patients.search puts
--   only those there that were asked for, because planning a query with all of them takes longer than running it.
-- $1: how many to skip. $2: how many to give. $3: the first word. Then what the conditions need.
SELECT p.patient_key, count(*) OVER () AS found
FROM patient_view AS p
WHERE {conditions}
ORDER BY starts_with(upper(p.patient_id), upper($3)) DESC, p.patient_id
LIMIT $2 OFFSET $1
