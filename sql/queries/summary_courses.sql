-- The courses of the cohort, counted by how they were judged and what followed when they were stopped.
-- Grain: one row for each combination, with the number of courses that share it.
-- Source: cohort_course_view, course_agent_view, call.
-- Caveat: stopped is about agents of the named classes: all their dose steps ended, in a response not lost before,
-- and no next course for the disease began that day. agent_days run from their first to their last dose, course_days
-- to the end of the course.
-- $1: the sites whose patients are counted (NULL: all), the criteria that judge each disease, the agent classes
-- that can be stopped in remission, and the CTCAE grade from which an event is severe.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], itp TEXT, aiha TEXT, classes TEXT[], severe INTEGER))
),

given AS (
    SELECT
        course_key,
        min(started_on) AS first_on,
        CASE WHEN bool_and(stopped_on IS NOT NULL) THEN max(stopped_on) END AS last_on
    FROM course_agent_view, plan
    WHERE list_contains(plan.classes, agent_class)
    GROUP BY course_key
),

judged AS (
    SELECT
        c.disease, c.evans, c.line_number, c.intent, c.regimen,
        j.best_response,
        coalesce(j.best_response IN ('CR', 'R', 'PR'), false) AS responded,
        j.relapsed_on IS NOT NULL AS relapsed,
        c.started_on, c.stopped_on, g.first_on,
        CASE
            WHEN c.ongoing IS DISTINCT FROM 'yes'
                AND g.last_on IS DISTINCT FROM c.next_on
                AND g.last_on <= coalesce(j.relapsed_on, g.last_on)
            THEN g.last_on
        END AS last_on,
        j.srot30, j.srot50
    FROM cohort_course_view AS c
    CROSS JOIN plan
    LEFT JOIN given AS g USING (course_key)
    LEFT JOIN call AS j
        ON j.course_key = c.course_key
        AND j.criteria_id = CASE c.disease WHEN 'ITP' THEN plan.itp ELSE plan.aiha END
    WHERE plan.sites IS NULL OR list_contains(plan.sites, c.site)
)

SELECT
    disease, evans, line_number, intent, regimen, best_response, responded, relapsed,
    responded AND last_on IS NOT NULL AS stopped,
    CASE WHEN responded THEN last_on - first_on END AS agent_days,
    CASE WHEN responded AND last_on IS NOT NULL THEN stopped_on - started_on END AS course_days,
    CASE WHEN responded AND last_on IS NOT NULL THEN srot30 END AS srot30,
    CASE WHEN responded AND last_on IS NOT NULL THEN srot50 END AS srot50,
    count(*) AS number
FROM judged
GROUP BY ALL;
