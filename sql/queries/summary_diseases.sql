-- The patients of each disease, counted by the lines they needed and by how they are at the last follow-up.
-- Grain: one row for each combination of disease and state, with the number of patients who share it.
-- Source: cohort_patient, cohort_course, observation, plan.
-- Caveat: the state is that of the last course judged for response: CR, lesser (another response, or CR lost), or none
-- (no response, or lost by the last count, under a later course that started in it too); empty without a call. It is unknown where the last evaluable count lies
-- further from the end of follow-up than plan.state_days. Notes of watch and wait have no state. on_regimen is what is still given.
WITH judged AS (
    SELECT
        patient_key, disease, line_number, is_observed, aims, followed, lost_on, ongoing, regimen, best_response, lost_cr_on,
        -- One number that orders by day and, within a day, by the order in which courses were taken in.
        (started_on - DATE '1970-01-01') * 4294967296 + course_key AS place,
        responded AND NOT relapsed AS held
    FROM cohort_course
    WHERE NOT is_note
),

counted AS (
    SELECT o.patient_key, o.analyte, max(o.observed_on) AS counted_on
    FROM observation AS o
    JOIN cohort_patient AS p ON p.patient_key = o.patient_key AND o.observed_on <= p.followed_to
    WHERE o.superseded_by IS NULL AND o.not_evaluable IS NULL AND o.analyte IN ('platelets', 'hemoglobin')
    GROUP BY ALL
),

summed AS (
    SELECT
        patient_key, disease,
        max(line_number) AS lines,
        min_by(regimen, place) FILTER (WHERE line_number = 1) AS first_regimen,
        bool_or(line_number = 1 AND held) AS first_line_held,
        bool_or(is_observed AND best_response = 'CR') AS spontaneous_cr,
        max_by(
            CASE
                WHEN best_response IS NULL THEN NULL
                WHEN NOT held THEN 'none'
                WHEN best_response = 'CR' AND lost_cr_on IS NULL THEN 'CR'
                ELSE 'lesser'
            END,
            place
        ) FILTER (WHERE aims OR is_observed) AS judged_state,
        coalesce(max(place) FILTER (WHERE aims OR is_observed), 0) AS judged_place,
        max_by(CASE WHEN lost_on IS NULL THEN 'lesser' ELSE 'none' END, place) FILTER (WHERE followed) AS followed_state,
        max(place) FILTER (WHERE followed AND lost_on IS NOT NULL) AS lost_place,
        CASE WHEN lost_place > judged_place THEN 'none' ELSE coalesce(judged_state, followed_state) END AS state,
        max_by(regimen, place) FILTER (WHERE ongoing = 'yes' AND NOT is_observed) AS on_regimen
    FROM judged
    GROUP BY patient_key, disease
),

fallen AS (
    SELECT patient_key, died_on, followed_to, 'ITP' AS disease, 'platelets' AS analyte, aiha_onset_on IS NOT NULL AS evans
    FROM cohort_patient
    WHERE itp_onset_on IS NOT NULL
    UNION ALL
    SELECT patient_key, died_on, followed_to, 'AIHA' AS disease, 'hemoglobin' AS analyte, itp_onset_on IS NOT NULL AS evans
    FROM cohort_patient
    WHERE aiha_onset_on IS NOT NULL
)

SELECT
    f.disease, f.evans,
    f.died_on IS NOT NULL AS died,
    coalesce(s.lines, 0) AS lines,
    s.first_regimen,
    coalesce(s.first_line_held, false) AS first_line_held,
    coalesce(s.spontaneous_cr, false) AS spontaneous_cr,
    CASE
        WHEN s.state IS NULL THEN NULL
        WHEN f.followed_to - c.counted_on <= (SELECT state_days FROM plan) THEN s.state
        ELSE 'unknown'
    END AS state,
    s.on_regimen,
    count(*) AS number
FROM fallen AS f
LEFT JOIN summed AS s USING (patient_key, disease)
LEFT JOIN counted AS c USING (patient_key, analyte)
GROUP BY ALL;
