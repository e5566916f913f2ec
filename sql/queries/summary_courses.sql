-- The courses of the cohort, counted by how they were judged and what followed when they were stopped.
-- Grain: one row for each combination, with the number of courses that share it.
-- Source: cohort_course.
-- Caveat: seen_late tells whether the last count in response, or the loss, lies near enough to the end of the course's
-- time (plan.state_days) to tell how the response then was. agent_days run from the first to the last dose of the agents of the named classes, course_days to the end of
-- the course.
SELECT
    disease, evans, line_number, aims, not_yet, followed, lost_on IS NOT NULL AS followed_lost,
    er_7d, ir_1m, dr_6m, rem_12m, regimen, best_response, responded, relapsed, decided, stopped, agent_days,
    CASE WHEN stopped THEN stopped_on - started_on END AS course_days,
    CASE WHEN stopped THEN srot30 END AS srot30,
    CASE WHEN stopped THEN srot50 END AS srot50,
    coalesce(
        relapsed OR until_on - (onset_on + duration_of_response_days::INTEGER) <= (SELECT state_days FROM plan), false
    ) AS seen_late,
    count(*) AS number
FROM cohort_course
GROUP BY ALL;
