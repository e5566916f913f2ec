-- How long patients were followed: from the first cytopenia, and from the onset of each disease.
-- Grain: one row for each disease (any = the first cytopenia), length in days and death, with the number of patients.
-- Source: cohort_patient.
-- Caveat: to death, else to the last day on which anything is recorded of the patient.
WITH followed AS (
    SELECT
        unnest(['any', 'ITP', 'AIHA']) AS disease,
        unnest([onset_on, itp_onset_on, aiha_onset_on]) AS from_on,
        evans, followed_to, died_on
    FROM cohort_patient
)

SELECT disease, evans, followed_to - from_on AS days, died_on IS NOT NULL AS died, count(*) AS number
FROM followed
WHERE from_on <= followed_to
GROUP BY ALL;
