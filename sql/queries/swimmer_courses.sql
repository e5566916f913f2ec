-- The courses of a page of patients, each with its call, in the order of a swimmer plot.
-- Grain: one row for each course of the patients of the page; found is the number of patients that have a course.
-- Source: course_view, episode_view, patient_view, call_view.
-- Caveat: patients with ITP stand before those with AIHA alone, the longest followed first; until_on is the next
-- course for the same disease, or the last contact.
-- $1: the sites whose patients may be read (NULL: all), one disease (NULL: all), the criteria that judge each disease,
-- whether calls may be read, how many patients to skip, how many to give.
WITH plan AS (
    SELECT unnest(
        $1::STRUCT(sites TEXT[], disease TEXT, criteria TEXT[], calls BOOLEAN, skip BIGINT, take BIGINT)
    )
),

course AS (
    SELECT c.*, e.onset_on AS disease_onset_on
    FROM course_view AS c
    JOIN episode_view AS e USING (episode_key)
    CROSS JOIN plan
    WHERE (plan.sites IS NULL OR list_contains(plan.sites, c.site))
        AND (plan.disease IS NULL OR c.disease = plan.disease)
),

followed AS (
    SELECT
        c.patient_key,
        max(c.disease) AS ordering_disease,
        min(coalesce(least(c.disease_onset_on, c.started_on), c.started_on)) AS zero_on,
        coalesce(
            any_value(p.died_on), any_value(p.last_contact_on),
            max(greatest(c.started_on, coalesce(c.stopped_on, c.started_on)))
        ) AS last_on,
        any_value(p.died_on) AS died_on
    FROM course AS c
    JOIN patient_view AS p USING (patient_key)
    GROUP BY c.patient_key
),

page AS (
    SELECT *, count(*) OVER () AS found
    FROM followed
    ORDER BY ordering_disease DESC, last_on - zero_on DESC, patient_key
    LIMIT (SELECT take FROM plan) OFFSET (SELECT skip FROM plan)
)

SELECT
    c.patient_id, c.disease, c.course_id, c.line_number, c.regimen, c.started_on, c.stopped_on, c.ongoing,
    coalesce(
        min(c.started_on) OVER (
            PARTITION BY c.patient_key, c.disease ORDER BY c.started_on
            RANGE BETWEEN INTERVAL 1 DAY FOLLOWING AND UNBOUNDED FOLLOWING
        ),
        g.last_on
    ) AS until_on,
    g.zero_on, g.last_on, g.died_on,
    j.best_response, j.onset_on, j.cr_onset_on, j.relapsed_on, g.found
FROM page AS g
JOIN course AS c USING (patient_key)
CROSS JOIN plan
LEFT JOIN call AS j
    ON j.course_key = c.course_key AND list_contains(plan.criteria, j.criteria_id) AND plan.calls
ORDER BY g.ordering_disease DESC, g.last_on - g.zero_on DESC, g.patient_key, c.disease DESC, c.started_on, c.course_id;
