-- Decided cases for the figures of agreement, with what the two blind readers said.
-- Grain: one row for each case that was decided.
-- Source: decision_view, course_view, review_read.
-- Caveat: first and second stand in no order of persons; they are empty for a case that came in without its readings.
-- $1: the sites whose calls may be read (NULL: all).
WITH both_read AS (
    SELECT
        case_key,
        CASE WHEN count(*) = 2 THEN arg_min(level, committed_at) END AS first,
        CASE WHEN count(*) = 2 THEN arg_max(level, committed_at) END AS second
    FROM review_read
    WHERE part = 'blind'
    GROUP BY case_key
)

SELECT
    d.case_id, d.disease, d.criteria_id, v.line_number, d.sparse, d.holds,
    d.machine_response, d.machine_onset_on, d.machine_relapsed_on,
    d.best_response, d.onset_on, d.relapsed_on, d.reached_by, d.drawn, b.first, b.second
FROM decision_view AS d
LEFT JOIN both_read AS b USING (case_key)
LEFT JOIN course_view AS v ON v.course_key = d.course_key
WHERE $1::TEXT[] IS NULL OR list_contains($1::TEXT[], d.site)
ORDER BY d.case_id
