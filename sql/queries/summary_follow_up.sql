-- How long patients were followed: from the first cytopenia, and from the onset of each disease.
-- Grain: one row for each disease (any = the first cytopenia), length in days and death, with the number of patients.
-- Source: cohort_patient_view.
-- Caveat: to death, else to the last contact; patients with neither are not among them.
-- $1: the sites whose patients are counted (NULL: all), the criteria that judge each disease, the agent classes
-- that can be stopped in remission, and the CTCAE grade from which an event is severe.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], itp TEXT, aiha TEXT, classes TEXT[], severe INTEGER))
),

followed AS (
    SELECT
        unnest(['any', 'ITP', 'AIHA']) AS disease,
        unnest([onset_on, itp_onset_on, aiha_onset_on]) AS from_on,
        itp_onset_on IS NOT NULL AND aiha_onset_on IS NOT NULL AS evans,
        followed_to, died_on
    FROM cohort_patient_view, plan
    WHERE plan.sites IS NULL OR list_contains(plan.sites, site)
)

SELECT disease, evans, followed_to - from_on AS days, died_on IS NOT NULL AS died, count(*) AS number
FROM followed
WHERE from_on <= followed_to
GROUP BY ALL;
