-- Surveillance: in how many months after the first infusion a count was taken, by year.
-- Grain: one row for each year since the first infusion in which a month was owed; months of all patients.
-- Source: infused (surveillance_infused.sql), taken_off (as the judge says); current rows of exposure and
--   observation (clean counts).
-- Caveat: months run from the first infusion, and a month end that is missing is the month's last day. A month is
--   owed when the whole of it lies within the window of one infusion, and ends no later than the day asked, death and
--   the day on which the patient was taken off the list. Whole numbers count months: calendar months between two
--   days, and the day of the month, which ends with a shorter month.
-- $1: the plan, as in worklist_watched.sql, with agent and settings.
WITH watched AS (
    SELECT
        patient_key,
        12 * year(first_infusion_on) + month(first_infusion_on) AS first_month,
        day(first_infusion_on) AS first_day,
        first_infusion_on,
        least(($1).as_of, died_on, taken_off_on) AS until_on
    FROM infused
    LEFT JOIN taken_off USING (patient_key)
    WHERE place = ($1).place
),
course AS (
    -- The months that begin with or after a course, and end within its window.
    SELECT
        patient_key,
        12 * year(started_on) + month(started_on) - first_month
        + (day(started_on) > least(first_day, day(last_day(started_on))))::INTEGER + 1 AS from_number,
        least(
            until_on, (coalesce(ended_on, started_on) + to_months(($1).months_after_last_infusion))::DATE
        ) AS ends_on,
        12 * year(ends_on) + month(ends_on) - first_month
        - (day(ends_on) < least(first_day, day(last_day(ends_on))))::INTEGER AS to_number
    FROM exposure
    JOIN watched USING (patient_key)
    WHERE superseded_by IS NULL
        AND agent = ($1).agent
        AND list_contains(($1).settings, setting)
        AND started_on <= ($1).as_of
),
told_apart AS (
    -- Months that an earlier course owes already are left to it.
    SELECT
        patient_key,
        greatest(
            from_number,
            1 + coalesce(
                max(to_number) OVER (
                    PARTITION BY patient_key
                    ORDER BY from_number, to_number
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ),
                0
            )
        ) AS from_number,
        to_number
    FROM course
),
owed AS (
    SELECT patient_key, from_number, to_number
    FROM told_apart
    WHERE from_number <= to_number
),
clean AS (
    SELECT
        patient_key,
        12 * year(observed_on) + month(observed_on) - first_month
        + (day(observed_on) > least(first_day, day(last_day(observed_on))))::INTEGER AS number
    FROM observation
    JOIN watched USING (patient_key)
    WHERE superseded_by IS NULL
        AND analyte = ($1).analyte
        AND not_evaluable IS NULL
        AND canonical_e6 IS NOT NULL
        AND quality IS DISTINCT FROM 'clumped'
        AND observed_on > first_infusion_on
        AND observed_on <= until_on
),
filled AS (
    SELECT (number - 1) // 12 + 1 AS year, count(DISTINCT 10000 * clean.patient_key::BIGINT + number) AS counted
    FROM clean
    JOIN owed ON owed.patient_key = clean.patient_key AND number BETWEEN from_number AND to_number
    GROUP BY year
),
passed AS (
    SELECT
        years.number + 1 AS year,
        sum(least(to_number, 12 * years.number + 12) - greatest(from_number, 12 * years.number + 1) + 1) AS months
    FROM owed, range((from_number - 1) // 12, (to_number + 11) // 12) AS years (number)
    GROUP BY year
)
SELECT year::INTEGER AS year, months::INTEGER AS months, coalesce(counted, 0)::INTEGER AS counted
FROM passed
LEFT JOIN filled USING (year)
ORDER BY year
