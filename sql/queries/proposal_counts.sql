-- Surveillance: the clean counts of patients whose counts may propose an episode of the programme's disease.
-- Grain: one row for each clean count, from the day on from which counts can propose; by patient, day and value.
-- Source: infused (surveillance_infused.sql); current rows of observation and episode_fact.
-- Caveat: only living patients with two low counts and no open episode of the disease; whether they propose one is for
--   adjudication/proposal.py to say, with the answers of proposal_answers.sql.
-- $1: the plan: as in worklist_watched.sql, with disease and below_e6.
WITH ill AS (
    SELECT
        patient_key,
        bool_or(ended_on IS NULL OR ended_on >= ($1).as_of) AS now_ill,
        max(ended_on) + 1 AS well_from_on
    FROM episode_fact
    JOIN episode USING (episode_key)
    WHERE superseded_by IS NULL AND disease = ($1).disease AND onset_on <= ($1).as_of
    GROUP BY patient_key
),
watched AS (
    SELECT patient_key, patient_id, site, greatest(first_infusion_on, well_from_on) AS since_on
    FROM infused
    LEFT JOIN ill USING (patient_key)
    WHERE place = ($1).place AND now_ill IS NOT TRUE AND (died_on IS NULL OR died_on > ($1).as_of)
),
clean AS (
    SELECT
        patient_key,
        observation_id,
        observed_on,
        change_seq,
        canonical_e6 + CASE comparator WHEN '<' THEN -1 WHEN '>' THEN 1 ELSE 0 END AS count_e6
    FROM observation
    JOIN watched USING (patient_key)
    WHERE superseded_by IS NULL
        AND analyte = ($1).analyte
        AND not_evaluable IS NULL
        AND canonical_e6 IS NOT NULL
        AND quality IS DISTINCT FROM 'clumped'
        AND observed_on BETWEEN since_on AND ($1).as_of
),
suspect AS (
    SELECT patient_key
    FROM clean
    WHERE count_e6 < ($1).below_e6
    GROUP BY patient_key
    HAVING count(*) > 1
)
SELECT patient_id, site, since_on, observation_id, observed_on, count_e6, change_seq
FROM clean
JOIN suspect USING (patient_key)
JOIN watched USING (patient_key)
ORDER BY patient_id, observed_on, count_e6, observation_id
