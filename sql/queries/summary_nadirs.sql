-- The lowest count of each patient and disease, from its onset on to the day before the first response.
-- Grain: one row for each disease and lowest value, with the number of patients who share it.
-- Source: cohort_patient, cohort_course, observation.
-- Caveat: evaluable counts only; a value reported as below a limit counts as the limit. Patients without a count in
-- that time are not among them.
WITH first_response AS (
    SELECT patient_key, disease, min(onset_on) AS responded_on
    FROM cohort_course
    WHERE responded
    GROUP BY ALL
),

untreated AS (
    SELECT patient_key, 'ITP' AS disease, 'platelets' AS analyte, itp_onset_on AS from_on, evans
    FROM cohort_patient
    WHERE itp_onset_on IS NOT NULL
    UNION ALL
    SELECT patient_key, 'AIHA' AS disease, 'hemoglobin' AS analyte, aiha_onset_on AS from_on, evans
    FROM cohort_patient
    WHERE aiha_onset_on IS NOT NULL
),

nadir AS (
    SELECT u.patient_key, u.disease, u.evans, min(o.canonical_e6) AS value_e6
    FROM untreated AS u
    LEFT JOIN first_response AS r USING (patient_key, disease)
    JOIN observation AS o
        ON o.patient_key = u.patient_key
        AND o.analyte = u.analyte
        AND o.observed_on >= u.from_on
        AND (r.responded_on IS NULL OR o.observed_on < r.responded_on)
    WHERE o.superseded_by IS NULL
        AND o.not_evaluable IS NULL
    GROUP BY ALL
)

SELECT disease, evans, value_e6, count(*) AS number
FROM nadir
GROUP BY ALL;
