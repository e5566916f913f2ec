-- Surveillance: in how many months after the first infusion a count was taken, by year.
-- Grain: one row for each year since the first infusion in which a month was complete; months of all patients.
-- Source: infused (surveillance_infused.sql); current rows of observation (clean counts).
-- Caveat: a month is complete when its last day is not after the day asked, death, or the end of the window; months
--   run from the first infusion, and a month end that is missing is the month's last day.
-- $1: the plan, as in worklist.sql.
WITH watched AS (
    SELECT
        patient_key,
        first_infusion_on,
        least(
            ($1).as_of,
            coalesce(died_on, ($1).as_of),
            (last_infusion_on + to_months(($1).months_after_last_infusion))::DATE
        ) AS until_on
    FROM infused
    WHERE place = ($1).place
),
month AS (
    SELECT
        patient_key,
        number,
        (first_infusion_on + to_months((number - 1)::INTEGER))::DATE AS after_on,
        (first_infusion_on + to_months(number::INTEGER))::DATE AS ends_on
    FROM watched, range(1, date_sub('month', first_infusion_on, until_on) + 2) AS numbers (number)
    WHERE ends_on <= until_on
),
clean AS (
    SELECT DISTINCT patient_key, observed_on
    FROM observation
    JOIN watched USING (patient_key)
    WHERE superseded_by IS NULL
        AND analyte = ($1).analyte
        AND not_evaluable IS NULL
        AND canonical_e6 IS NOT NULL
        AND quality IS DISTINCT FROM 'clumped'
)
SELECT
    ((number - 1) // 12 + 1)::INTEGER AS year,
    count(*)::INTEGER AS months,
    count(*) FILTER (observed_on > after_on)::INTEGER AS counted
FROM month
ASOF LEFT JOIN clean ON clean.patient_key = month.patient_key AND clean.observed_on <= month.ends_on
GROUP BY year
ORDER BY year
