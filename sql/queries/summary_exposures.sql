-- Age at the transplant (or other indication of alemtuzumab), and the time from alemtuzumab to the first cytopenia.
-- Grain: one row for each measure (age in completed years; onset since the last dose and since the transplant, in
-- days) and value, with the number of patients.
-- Source: cohort_patient.
-- Caveat: patients without alemtuzumab before the cytopenia have neither; the last dose before it counts.
WITH exposed AS (
    SELECT
        unnest(['age', 'since_last_dose', 'since_transplant']) AS measure,
        unnest([
            date_sub('year', born_on, index_on),
            date_sub('day', last_alemtuzumab_on, onset_on),
            date_sub('day', index_on, onset_on)
        ]) AS value
    FROM cohort_patient
    WHERE last_alemtuzumab_on IS NOT NULL
)

SELECT measure, value, count(*) AS number
FROM exposed
WHERE value IS NOT NULL
GROUP BY ALL;
