-- Surveillance: in how many months after the first infusion a count was taken, by year.
-- Grain: one row for each year since the first infusion in which a month was complete; months of all patients.
-- Source: infused (surveillance_infused.sql); current rows of observation (clean counts).
-- Caveat: a month is complete when its last day is not after the day asked, death, or the end of the window; months
--   run from the first infusion, and a month end that is missing is the month's last day. Whole numbers count them:
--   calendar months between the two days, and the day of the month, which ends with a shorter month.
-- $1: the plan, as in worklist.sql.
WITH watched AS (
    SELECT
        patient_key,
        first_infusion_on,
        12 * year(first_infusion_on) + month(first_infusion_on) AS first_month,
        day(first_infusion_on) AS first_day,
        least(
            ($1).as_of,
            coalesce(died_on, ($1).as_of),
            (last_infusion_on + to_months(($1).months_after_last_infusion))::DATE
        ) AS until_on,
        12 * year(until_on) + month(until_on) - first_month
        - (day(until_on) < least(first_day, day(last_day(until_on))))::INTEGER AS complete
    FROM infused
    WHERE place = ($1).place
),
clean AS (
    SELECT
        patient_key,
        complete,
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
    SELECT (number - 1) // 12 + 1 AS year, count(DISTINCT 10000 * patient_key::BIGINT + number) AS counted
    FROM clean
    WHERE number <= complete
    GROUP BY year
),
passed AS (
    SELECT years.number + 1 AS year, sum(least(complete - 12 * years.number, 12)) AS months
    FROM watched, range(0, (complete + 11) // 12) AS years (number)
    GROUP BY year
)
SELECT year::INTEGER AS year, months::INTEGER AS months, coalesce(counted, 0)::INTEGER AS counted
FROM passed
LEFT JOIN filled USING (year)
ORDER BY year
