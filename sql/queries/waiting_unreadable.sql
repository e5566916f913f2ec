-- Counts that are kept but not evaluable for reasons that a person can mend.
-- Grain: one row: the number of counts, of patients, and the pseudonym of the one with the newest.
-- Source: observation, patient_view.
-- Caveat: clumped, missing and sentinel results are not among the reasons: nobody can mend them.
-- $1: the sites whose patients may be amended (NULL: all), the reasons.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], reasons TEXT[]))
),

spoiled AS (
    SELECT patient_key, observed_on, row_key
    FROM observation
    WHERE superseded_by IS NULL
        AND not_evaluable IS NOT NULL
        AND list_contains(($1).reasons::TEXT[], not_evaluable)
)

SELECT
    count(*) AS number, count(DISTINCT s.patient_key) AS patients,
    arg_max(p.patient_id, (s.observed_on, s.row_key)) AS last_patient
FROM spoiled AS s
JOIN patient_view AS p USING (patient_key)
CROSS JOIN plan
WHERE plan.sites IS NULL OR list_contains(plan.sites, p.site)
