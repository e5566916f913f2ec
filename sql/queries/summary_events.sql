-- Adverse events of the cohort by kind, in events and in patients.
-- Grain: one row for each kind of event (all = any of them).
-- Source: cohort_event.
-- Caveat: thrombosis is a part of cardiovascular; malignancy is all kinds but skin cancer, which is listed apart. Events
-- before the first cytopenia are history.
WITH kind AS (
    SELECT e.*, unnest(list_distinct([
        'all',
        e.category,
        CASE WHEN e.category = 'thrombosis' THEN 'cardiovascular' END,
        CASE WHEN e.category IN ('solid_tumor', 'ptld', 'hematologic_malignancy') THEN 'malignancy' END
    ])) AS kind
    FROM cohort_event AS e
)

SELECT
    kind,
    count(*) AS events,
    count(*) FILTER (WHERE ctcae_grade >= plan.severe) AS severe_events,
    count(*) FILTER (WHERE ctcae_grade IS NULL) AS ungraded_events,
    count(DISTINCT patient_key) AS patients
FROM kind, plan
WHERE kind IS NOT NULL
GROUP BY kind;
