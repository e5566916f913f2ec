-- How long remission lasted after the last dose of the chosen courses that were stopped in response.
-- Grain: one row for each disease, regimen, threshold, number of days and whether it was lost, with the number of courses.
-- Source: cohort_course, observation, rescue, plan.
-- Caveat: a count below the threshold, a rescue or the next course for the disease loses the remission, and so does a
-- relapse that people dated. Without one it was seen until the last count before death or a course of the other lineage
-- that acts on platelets (DEF-TFR-01); without any count nothing was seen of it. Platelets, so ITP alone.
WITH stopped AS (
    SELECT
        patient_key, course_key, disease, regimen, started_on, last_on AS off_on, later_on, followed_to,
        CASE WHEN decided THEN relapsed_on END AS decided_relapse_on
    FROM cohort_course
    WHERE chosen AND aims AND stopped AND disease = 'ITP'
),

other AS (
    SELECT s.course_key, min(c.started_on) AS other_on
    FROM stopped AS s
    JOIN cohort_course AS c USING (patient_key)
    CROSS JOIN plan
    WHERE c.disease <> s.disease
        AND NOT c.is_observed
        AND c.started_on > s.started_on
        AND NOT list_has_all(plan.silent_on_itp, string_split(c.agents, '+'))
    GROUP BY s.course_key
),

bounded AS (
    SELECT
        s.*,
        least(s.later_on, o.other_on, s.followed_to) AS end_on,
        CASE WHEN s.later_on <= coalesce(o.other_on, s.later_on) THEN s.later_on END AS next_on
    FROM stopped AS s
    LEFT JOIN other AS o USING (course_key)
),

rescued AS (
    SELECT b.course_key, min(r.given_on) AS rescued_on
    FROM bounded AS b
    JOIN rescue AS r USING (patient_key)
    WHERE r.superseded_by IS NULL AND r.given_on > b.off_on AND r.given_on <= b.end_on
    GROUP BY b.course_key
),

counted AS (
    SELECT b.course_key, o.observed_on, o.canonical_e6 - (coalesce(o.comparator, '') = '<')::INTEGER AS value_e6
    FROM bounded AS b
    JOIN observation AS o USING (patient_key)
    WHERE o.analyte = 'platelets'
        AND o.superseded_by IS NULL
        AND o.not_evaluable IS NULL
        AND o.observed_on > b.off_on
        AND o.observed_on <= b.end_on
),

level AS (
    SELECT unnest(off_levels, recursive := true) FROM plan
),

seen AS (
    SELECT
        b.disease, b.regimen, b.course_key, l.name, b.off_on,
        least(
            min(c.observed_on) FILTER (WHERE c.value_e6 < l.at_e6),
            any_value(r.rescued_on),
            any_value(b.next_on),
            any_value(b.decided_relapse_on) FILTER (WHERE b.decided_relapse_on > b.off_on)
        ) AS lost_on,
        max(c.observed_on) AS counted_on
    FROM bounded AS b
    CROSS JOIN level AS l
    LEFT JOIN counted AS c USING (course_key)
    LEFT JOIN rescued AS r USING (course_key)
    GROUP BY b.disease, b.regimen, b.course_key, l.name, b.off_on
)

SELECT
    disease, regimen, name,
    greatest(coalesce(lost_on, counted_on, off_on) - off_on, 0) AS days,
    lost_on IS NOT NULL AS lost,
    count(*) AS number
FROM seen
GROUP BY ALL;
