-- Adverse events of the cohort, in events.
-- Grain: one row for each category and whether it was severe, with the number of events.
-- Source: cohort_event, plan.
-- Caveat: every event stands in one row, so a part of the rows is a part of the events. Events before the first
-- cytopenia are history.
SELECT
    coalesce(e.category, 'unknown') AS category,
    coalesce(e.ctcae_grade >= plan.severe, false) AS severe,
    count(*) AS number
FROM cohort_event AS e, plan
GROUP BY ALL;
