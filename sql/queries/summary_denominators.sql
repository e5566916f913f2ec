-- How many of the patients exposed to alemtuzumab, as supplied by a service, fell ill afterwards.
-- Grain: one row for each denominator.
-- Source: denominator_view, exposure_view, patient_view, cohort_patient, plan.
-- Caveat: a patient belongs to a denominator by an exposure in its setting and period, before the first cytopenia.
-- Denominators are those of whole services: is_whole says whether every site with a patient exposed in that setting and
-- period is among those that may be seen, else the share would be too small.
WITH exposed AS (
    SELECT d.row_key, x.patient_key, x.started_on
    FROM denominator_view AS d
    JOIN exposure_view AS x
        ON x.setting = d.setting
        AND coalesce(x.indication_on, x.started_on) BETWEEN d.from_on AND d.to_on
),

fallen AS (
    SELECT DISTINCT
        e.row_key,
        p.patient_key,
        p.itp_onset_on IS NOT NULL AS has_itp,
        p.aiha_onset_on IS NOT NULL AS has_aiha
    FROM exposed AS e
    JOIN cohort_patient AS p
        ON p.patient_key = e.patient_key
        AND e.started_on <= p.onset_on
),

unseen AS (
    SELECT DISTINCT e.row_key
    FROM exposed AS e
    JOIN patient_view AS p USING (patient_key)
    CROSS JOIN plan
    WHERE plan.sites IS NOT NULL AND NOT coalesce(list_contains(plan.sites, p.site), false)
)

SELECT
    d.cohort, d.setting, d.from_on, d.to_on, d.n,
    NOT bool_or(u.row_key IS NOT NULL) AS is_whole,
    count(f.patient_key) AS fallen,
    count(*) FILTER (WHERE f.has_itp) AS itp,
    count(*) FILTER (WHERE f.has_aiha AND NOT f.has_itp) AS aiha_alone,
    count(*) FILTER (WHERE f.has_aiha) AS aiha
FROM denominator_view AS d
LEFT JOIN fallen AS f USING (row_key)
LEFT JOIN unseen AS u USING (row_key)
GROUP BY d.row_key, d.cohort, d.setting, d.from_on, d.to_on, d.n
ORDER BY d.from_on, d.cohort, d.setting;
