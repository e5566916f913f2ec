-- Adverse events in the time of the chosen courses, by regimen.
-- Grain: one row for each disease and regimen, with its courses, its days at risk and its events by grade.
-- Source: cohort_course, cohort_event, attribution_view, plan.
-- Caveat: the time of a course is that of DEF-AE-02: to the next course for the same disease, else to death or the last
-- contact. Events of patients with both diseases stand under a course of each, so rows are not to be added up.
-- outside are events attributed to a course that began before or after its time.
WITH member AS (
    SELECT course_key AS group_key, unnest(member_keys) AS course_key
    FROM cohort_course
    WHERE chosen
),

related AS (
    SELECT DISTINCT a.adverse_event_key, m.group_key AS course_key
    FROM attribution_view AS a
    JOIN member AS m USING (course_key)
    CROSS JOIN plan
    WHERE list_contains(plan.related, a.relatedness)
),

course AS (
    SELECT patient_key, course_key, disease, coalesce(regimen, 'unknown') AS regimen, started_on, later_on, until_on
    FROM cohort_course
    WHERE chosen AND until_on >= started_on
),

happened AS (
    SELECT
        c.disease, c.regimen, e.adverse_event_key, e.patient_key,
        max(e.ctcae_grade) AS grade,
        bool_or(r.course_key IS NOT NULL) AS is_related
    FROM course AS c
    JOIN cohort_event AS e
        ON e.patient_key = c.patient_key
        AND e.onset_on >= c.started_on
        AND (e.onset_on < c.later_on OR (c.later_on IS NULL AND e.onset_on <= c.until_on))
    LEFT JOIN related AS r
        ON r.adverse_event_key = e.adverse_event_key
        AND r.course_key = c.course_key
    GROUP BY ALL
),

counted AS (
    SELECT
        happened.disease, happened.regimen,
        count(*) AS events,
        count(DISTINCT patient_key) AS patients_with_event,
        count(*) FILTER (WHERE grade = 1) AS grade_1,
        count(*) FILTER (WHERE grade = 2) AS grade_2,
        count(*) FILTER (WHERE grade = 3) AS grade_3,
        count(*) FILTER (WHERE grade = 4) AS grade_4,
        count(*) FILTER (WHERE grade = 5) AS grade_5,
        count(*) FILTER (WHERE grade IS NULL) AS ungraded,
        count(*) FILTER (WHERE grade >= plan.severe) AS severe,
        count(*) FILTER (WHERE is_related) AS related,
        count(*) FILTER (WHERE is_related AND grade >= plan.severe) AS severe_related
    FROM happened, plan
    GROUP BY ALL
),

elsewhere AS (
    SELECT c.disease, c.regimen, count(*) AS outside
    FROM course AS c
    JOIN related AS r USING (course_key)
    JOIN adverse_event_view AS e USING (adverse_event_key)
    WHERE NOT (
        e.onset_on >= c.started_on
        AND (e.onset_on < c.later_on OR (c.later_on IS NULL AND e.onset_on <= c.until_on))
    )
    GROUP BY ALL
),

exposed AS (
    SELECT
        disease, regimen,
        count(*) AS courses,
        count(DISTINCT patient_key) AS patients,
        sum(until_on - started_on) AS days
    FROM course
    GROUP BY ALL
)

SELECT
    x.disease, x.regimen, x.courses, x.patients, x.days::BIGINT AS days,
    coalesce(n.patients_with_event, 0) AS patients_with_event,
    coalesce(n.events, 0) AS events,
    coalesce(n.severe, 0) AS severe,
    coalesce(n.related, 0) AS related,
    coalesce(n.severe_related, 0) AS severe_related,
    coalesce(n.grade_1, 0) AS grade_1,
    coalesce(n.grade_2, 0) AS grade_2,
    coalesce(n.grade_3, 0) AS grade_3,
    coalesce(n.grade_4, 0) AS grade_4,
    coalesce(n.grade_5, 0) AS grade_5,
    coalesce(n.ungraded, 0) AS ungraded,
    coalesce(o.outside, 0) AS outside
FROM exposed AS x
LEFT JOIN counted AS n USING (disease, regimen)
LEFT JOIN elsewhere AS o USING (disease, regimen)
ORDER BY x.disease DESC, x.regimen;
