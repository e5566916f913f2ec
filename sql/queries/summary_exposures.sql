-- Age at the transplant (or other indication of alemtuzumab), and the time from alemtuzumab to the first cytopenia.
-- Grain: one row for each measure (age in completed years; onset since the last dose and since the transplant, in
-- days) and value, with the number of patients.
-- Source: cohort_patient_view.
-- Caveat: patients without alemtuzumab before the cytopenia have neither; the last dose before it counts.
-- $1: the sites whose patients are counted (NULL: all), the criteria that judge each disease, the agent classes
-- that can be stopped in remission, and the CTCAE grade from which an event is severe.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], itp TEXT, aiha TEXT, classes TEXT[], severe INTEGER))
),

exposed AS (
    SELECT
        unnest(['age', 'since_last_dose', 'since_transplant']) AS measure,
        unnest([
            date_sub('year', born_on, index_on),
            date_sub('day', last_alemtuzumab_on, onset_on),
            date_sub('day', index_on, onset_on)
        ]) AS value
    FROM cohort_patient_view, plan
    WHERE last_alemtuzumab_on IS NOT NULL
        AND (plan.sites IS NULL OR list_contains(plan.sites, site))
)

SELECT measure, value, count(*) AS number
FROM exposed
WHERE value IS NOT NULL
GROUP BY ALL;
