-- The lowest count of each patient and disease, from its onset on to the day before the first response.
-- Grain: one row for each disease and lowest value, with the number of patients who share it.
-- Source: cohort_patient_view, call, observation.
-- Caveat: evaluable counts only; a value reported as below a limit counts as the limit. Patients without a count in
-- that time are not among them.
-- $1: the sites whose patients are counted (NULL: all), the criteria that judge each disease, the agent classes
-- that can be stopped in remission, and the CTCAE grade from which an event is severe.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], itp TEXT, aiha TEXT, classes TEXT[], severe INTEGER))
),

first_response AS (
    SELECT
        patient_key,
        CASE criteria_id WHEN plan.itp THEN 'ITP' ELSE 'AIHA' END AS disease,
        min(onset_on) AS responded_on
    FROM call, plan
    WHERE criteria_id IN (plan.itp, plan.aiha)
        AND best_response IN ('CR', 'R', 'PR')
    GROUP BY ALL
),

untreated AS (
    SELECT patient_key, site, 'ITP' AS disease, 'platelets' AS analyte, itp_onset_on AS from_on,
        aiha_onset_on IS NOT NULL AS evans
    FROM cohort_patient_view
    WHERE itp_onset_on IS NOT NULL
    UNION ALL
    SELECT patient_key, site, 'AIHA' AS disease, 'hemoglobin' AS analyte, aiha_onset_on AS from_on,
        itp_onset_on IS NOT NULL AS evans
    FROM cohort_patient_view
    WHERE aiha_onset_on IS NOT NULL
),

nadir AS (
    SELECT u.patient_key, u.disease, u.evans, min(o.canonical_e6) AS value_e6
    FROM untreated AS u
    CROSS JOIN plan
    LEFT JOIN first_response AS r USING (patient_key, disease)
    JOIN observation AS o
        ON o.patient_key = u.patient_key
        AND o.analyte = u.analyte
        AND o.observed_on >= u.from_on
        AND (r.responded_on IS NULL OR o.observed_on < r.responded_on)
    WHERE o.superseded_by IS NULL
        AND o.not_evaluable IS NULL
        AND (plan.sites IS NULL OR list_contains(plan.sites, u.site))
    GROUP BY ALL
)

SELECT disease, evans, value_e6, count(*) AS number
FROM nadir
GROUP BY ALL;
