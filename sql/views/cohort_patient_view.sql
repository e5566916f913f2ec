-- Every patient with a cytopenia: when each lineage fell, what alemtuzumab came before, and how long followed.
-- Grain: one row for each patient with at least one episode that is not withdrawn.
-- Source: patient_view, episode_view, exposure_view, last_recorded_view.
-- Caveat: the first episode of a disease stands for it; alemtuzumab is the last begun before the first cytopenia,
-- setting why it was given, index_on its transplant or other indication, else its own day. followed_to is
-- the death, else the last day on which anything is recorded: a last contact, a count, a course, an event.
CREATE VIEW cohort_patient_view AS
WITH fallen AS (
    SELECT
        patient_key,
        min(onset_on) FILTER (WHERE disease = 'ITP') AS itp_onset_on,
        min(onset_on) FILTER (WHERE disease = 'AIHA') AS aiha_onset_on,
        min(onset_on) AS onset_on
    FROM episode_view
    GROUP BY patient_key
),

exposed AS (
    SELECT
        e.patient_key,
        min(e.started_on) AS first_alemtuzumab_on,
        max(least(coalesce(e.ended_on, e.started_on), f.onset_on)) AS last_alemtuzumab_on,
        max_by(coalesce(e.indication_on, e.started_on), e.started_on) AS index_on,
        max_by(e.setting, e.started_on) AS setting
    FROM exposure_view AS e
    JOIN fallen AS f USING (patient_key)
    WHERE e.started_on <= f.onset_on
    GROUP BY e.patient_key
)

SELECT
    p.patient_id, p.site, p.sex, p.born_on, p.died_on,
    coalesce(p.died_on, r.last_on) AS followed_to,
    f.itp_onset_on, f.aiha_onset_on, f.onset_on,
    x.first_alemtuzumab_on, x.last_alemtuzumab_on, x.index_on, x.setting,
    p.patient_key
FROM patient_view AS p
JOIN fallen AS f USING (patient_key)
LEFT JOIN exposed AS x USING (patient_key)
LEFT JOIN last_recorded_view AS r USING (patient_key);
