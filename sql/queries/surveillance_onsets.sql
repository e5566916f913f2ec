-- Surveillance: time at risk and first ITP after alemtuzumab, by year since the first infusion.
-- Grain: one row for each year in which somebody was at risk.
-- Source: infused (surveillance_infused.sql), taken_off (as the judge says); current rows of episode_fact,
--   observation, bleed and sign.
-- Caveat: at risk from the first infusion to the first ITP after it, else to the day on which the patient was taken
--   off the list or the last contact (where one is recorded; a later count is one), never beyond death and the day
--   asked; who had ITP before the first infusion is left out. Who has no day in a year is not at risk in it; the year
--   of the first infusion holds everyone. An onset counts as found by symptoms where a bleed of ITP, or a reported
--   sign, began on it or in the days before that the plan names.
-- $1: the plan, as in worklist_watched.sql, with symptom_within_days.
WITH itp AS (
    SELECT patient_key, min(onset_on) AS onset_on
    FROM episode_fact
    JOIN episode USING (episode_key)
    WHERE superseded_by IS NULL AND disease = 'ITP' AND onset_on <= ($1).as_of
    GROUP BY patient_key
),
last_count AS (
    SELECT patient_key, max(observed_on) AS counted_on
    FROM observation
    JOIN infused USING (patient_key)
    WHERE superseded_by IS NULL
        AND last_contact_on IS NOT NULL
        AND analyte = ($1).analyte
        AND observed_on <= ($1).as_of
    GROUP BY patient_key
),
followed AS (
    SELECT
        patient_key,
        first_infusion_on,
        onset_on,
        CASE WHEN last_contact_on IS NOT NULL THEN greatest(last_contact_on, counted_on) END AS seen_on,
        least(($1).as_of, died_on, coalesce(onset_on, least(($1).as_of, taken_off_on, seen_on))) AS until_on
    FROM infused
    LEFT JOIN itp USING (patient_key)
    LEFT JOIN taken_off USING (patient_key)
    LEFT JOIN last_count USING (patient_key)
    WHERE place = ($1).place AND (onset_on IS NULL OR onset_on >= first_infusion_on)
),
symptom AS (
    SELECT patient_key, started_on
    FROM bleed
    WHERE superseded_by IS NULL AND grade >= ($1).bleeding_from_grade AND itp_related IS DISTINCT FROM 'no'
    UNION ALL
    SELECT patient_key, noticed_on
    FROM sign
    WHERE superseded_by IS NULL
),
bled AS (
    SELECT DISTINCT patient_key
    FROM symptom
    JOIN followed USING (patient_key)
    WHERE started_on BETWEEN onset_on - ($1).symptom_within_days AND onset_on
),
year_at_risk AS (
    SELECT
        patient_key,
        number + 1 AS year,
        (first_infusion_on + to_years(number::INTEGER))::DATE AS from_on,
        least(until_on, (first_infusion_on + to_years((number + 1)::INTEGER))::DATE) AS to_on,
        onset_on,
        bled.patient_key IS NOT NULL AS by_symptoms
    FROM followed
    LEFT JOIN bled USING (patient_key),
        range(0, date_sub('year', first_infusion_on, greatest(until_on, first_infusion_on)) + 1) AS numbers (number)
)
SELECT
    year::INTEGER AS year,
    count(*) FILTER (to_on > from_on OR year = 1)::INTEGER AS patients,
    sum(greatest(to_on - from_on, 0))::BIGINT AS days_at_risk,
    count(*) FILTER (onset_on = to_on AND (onset_on > from_on OR year = 1))::INTEGER AS onsets,
    count(*) FILTER (onset_on = to_on AND (onset_on > from_on OR year = 1) AND by_symptoms)::INTEGER AS by_symptoms
FROM year_at_risk
GROUP BY year
HAVING patients > 0
ORDER BY year
