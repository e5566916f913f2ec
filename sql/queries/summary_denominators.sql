-- How many of the patients exposed to alemtuzumab, as supplied by a service, fell ill afterwards.
-- Grain: one row for each denominator.
-- Source: denominator_view, exposure_view, cohort_patient.
-- Caveat: a patient belongs to a denominator by an exposure in its setting and period, before the first cytopenia.
-- Denominators of whole services stand beside all patients; with a choice of sites they are too large.
WITH fallen AS (
    SELECT DISTINCT
        d.row_key,
        p.patient_key,
        p.itp_onset_on IS NOT NULL AS has_itp,
        p.aiha_onset_on IS NOT NULL AS has_aiha
    FROM denominator_view AS d
    JOIN exposure_view AS x
        ON x.setting = d.setting
        AND coalesce(x.indication_on, x.started_on) BETWEEN d.from_on AND d.to_on
    JOIN cohort_patient AS p
        ON p.patient_key = x.patient_key
        AND x.started_on <= p.onset_on
)

SELECT
    d.cohort, d.setting, d.from_on, d.to_on, d.n,
    count(f.patient_key) AS fallen,
    count(*) FILTER (WHERE f.has_itp) AS itp,
    count(*) FILTER (WHERE f.has_aiha AND NOT f.has_itp) AS aiha_alone,
    count(*) FILTER (WHERE f.has_aiha) AS aiha
FROM denominator_view AS d
LEFT JOIN fallen AS f USING (row_key)
GROUP BY ALL
ORDER BY d.from_on, d.cohort, d.setting;
