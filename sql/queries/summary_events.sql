-- Adverse events of the cohort by kind, in events and in patients.
-- Grain: one row for each kind of event (all = any of them).
-- Source: cohort_event_view.
-- Caveat: thrombosis is a part of cardiovascular; malignancy is all kinds but skin cancer, which is listed apart. Events
-- before the first cytopenia are history.
-- $1: the sites whose patients are counted (NULL: all), the criteria that judge each disease, the agent classes
-- that can be stopped in remission, and the CTCAE grade from which an event is severe.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], itp TEXT, aiha TEXT, classes TEXT[], severe INTEGER))
),

kind AS (
    SELECT e.*, unnest(list_distinct([
        'all',
        e.category,
        CASE WHEN e.category = 'thrombosis' THEN 'cardiovascular' END,
        CASE WHEN e.category IN ('solid_tumor', 'ptld', 'hematologic_malignancy') THEN 'malignancy' END
    ])) AS kind
    FROM cohort_event_view AS e, plan
    WHERE plan.sites IS NULL OR list_contains(plan.sites, e.site)
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
