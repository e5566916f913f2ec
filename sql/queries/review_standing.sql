-- Where the readers of one call stand.
-- Grain: one row: a decision holds, a case is open, there is a call.
-- Source: review_case_view, call.
-- Caveat: $1 is the course_key, $2 the criteria set; not for whoever may still read the course.
SELECT
    count(*) FILTER (WHERE state IN ('agreed', 'resolved')) > 0 AS decided,
    count(*) FILTER (WHERE state NOT IN ('agreed', 'resolved', 'stale')) > 0 AS reading,
    EXISTS (SELECT 1 FROM call AS c WHERE c.course_key = $1 AND c.criteria_id = $2) AS judged
FROM review_case_view
WHERE course_key = $1 AND criteria_id = $2
