-- Adverse events in the time of the chosen courses, by kind.
-- Grain: one row for each category of event, in events and in patients.
-- Source: cohort_course, cohort_event, attribution_view, plan.
-- Caveat: the time of a course is that of DEF-AE-02; an event in the time of two courses counts once here. related were
-- held to be at least possibly due to a chosen course.
WITH course AS (
    SELECT patient_key, member_keys, started_on, later_on, until_on
    FROM cohort_course
    WHERE chosen AND until_on >= started_on
),

happened AS (
    SELECT
        e.adverse_event_key, e.patient_key, e.category, e.ctcae_grade,
        bool_or(coalesce(list_contains(plan.related, a.relatedness), false)) AS is_related
    FROM course AS c
    JOIN cohort_event AS e
        ON e.patient_key = c.patient_key
        AND e.onset_on >= c.started_on
        AND (e.onset_on < c.later_on OR (c.later_on IS NULL AND e.onset_on <= c.until_on))
    CROSS JOIN plan
    LEFT JOIN attribution_view AS a
        ON a.adverse_event_key = e.adverse_event_key
        AND list_contains(c.member_keys, a.course_key)
    GROUP BY ALL
)

SELECT
    coalesce(category, 'unknown') AS category,
    count(*) AS events,
    count(*) FILTER (WHERE ctcae_grade >= plan.severe) AS severe,
    count(*) FILTER (WHERE is_related) AS related,
    count(DISTINCT patient_key) AS patients
FROM happened, plan
GROUP BY ALL
ORDER BY events DESC, category;
