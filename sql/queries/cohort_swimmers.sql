-- The courses of a page of the patients of a cohort, each with its response, in the order of a swimmer plot.
-- Grain: one row for each course of the patients of the page; found is the number of patients that have a chosen course.
-- Source: cohort_course, plan.
-- Caveat: patients with ITP stand before those with AIHA alone, the longest followed first. All courses of a patient
-- for the chosen disease are there, chosen or not; until_on is the next course for it, or the end of follow-up.
-- $1: how many patients to skip, $2: how many to give.
WITH course AS (
    SELECT c.*
    FROM cohort_course AS c, plan
    WHERE plan.disease IS NULL OR c.disease = plan.disease
),

followed AS (
    SELECT
        patient_key,
        max(disease) AS ordering_disease,
        min(coalesce(least(disease_onset_on, started_on), started_on)) AS zero_on,
        any_value(followed_to) AS last_on
    FROM course
    GROUP BY patient_key
    HAVING bool_or(chosen)
),

page AS (
    SELECT *, count(*) OVER () AS found
    FROM followed
    ORDER BY ordering_disease DESC, last_on - zero_on DESC, patient_key
    LIMIT $2::BIGINT OFFSET $1::BIGINT
)

SELECT
    c.patient_id, c.site, c.disease, c.course_id, c.line_number, c.regimen, c.started_on, c.stopped_on, c.ongoing,
    coalesce(c.until_on, g.last_on) AS until_on,
    g.zero_on, g.last_on, c.died_on,
    c.best_response, c.onset_on, c.cr_onset_on, c.lost_cr_on, c.relapsed_on,
    CASE WHEN c.best_response IS NOT NULL THEN CASE WHEN c.decided THEN 'decision' ELSE 'call' END END AS provenance,
    c.reached_by, c.decided_at, c.call_response, c.call_onset_on, c.call_lost_cr_on, c.call_relapsed_on, g.found
FROM page AS g
JOIN course AS c USING (patient_key)
ORDER BY g.ordering_disease DESC, g.last_on - g.zero_on DESC, g.patient_key, c.disease DESC, c.started_on, c.course_id;
