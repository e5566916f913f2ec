-- Surveillance: the clean counts of patients whose counts may propose an episode of the protocol's disease.
-- Grain: one row for each clean count since the first infusion; by patient, day and value.
-- Source: infused (surveillance_infused.sql); current rows of observation, course_fact, course and episode.
-- Caveat: only living patients with two low counts; whether they propose one is for
--   adjudication/surveillance/proposal.py to say, with proposal_illness.sql and proposal_answers.sql.
-- $1: the plan: as in worklist_watched.sql, with disease and below_e6.
WITH clean AS (
    SELECT
        patient_key,
        patient_id,
        site,
        first_infusion_on,
        observation_id,
        observed_on,
        canonical_e6 + CASE comparator WHEN '<' THEN -1 WHEN '>' THEN 1 ELSE 0 END AS count_e6,
        change_seq,
        (CASE comparator WHEN '<' THEN -1 WHEN '>' THEN 1 ELSE 0 END)::TINYINT AS over,
        -- The numbers of adjudication/day_values.py, and minutes of the day by the clock on the wall.
        CASE specimen WHEN 'heparin' THEN 2 WHEN 'citrate' THEN 1 ELSE 0 END::TINYINT AS tube,
        (epoch_us(observed_at) // 60000000 + coalesce(utc_offset_minutes, 0))::BIGINT AS minute,
        EXISTS (
            FROM course_fact
            JOIN course USING (course_key)
            JOIN episode USING (episode_key)
            WHERE episode.patient_key = observation.patient_key
                AND started_on = observed_on
                AND course_fact.superseded_by IS NULL
        ) AS starts_course
    FROM observation
    JOIN infused USING (patient_key)
    WHERE place = ($1).place
        AND (died_on IS NULL OR died_on > ($1).as_of)
        AND superseded_by IS NULL
        AND analyte = ($1).analyte
        AND not_evaluable IS NULL
        AND canonical_e6 IS NOT NULL
        AND quality IS DISTINCT FROM 'clumped'
        AND observed_on BETWEEN first_infusion_on AND ($1).as_of
),
suspect AS (
    SELECT patient_key
    FROM clean
    WHERE count_e6 < ($1).below_e6
    GROUP BY patient_key
    HAVING count(*) > 1
)
SELECT patient_id, site, first_infusion_on, observation_id, observed_on, count_e6, change_seq, over, tube,
    minute, starts_course
FROM clean
JOIN suspect USING (patient_key)
ORDER BY patient_id, observed_on, count_e6, observation_id
