-- Decided cases for the figures of agreement.
-- Grain: one row for each case that was decided.
-- Source: decision_view, counted_patient_view, course_view, review_read.
-- Caveat: both_read is false for a case that came in without its readings.
-- $1: the sites whose calls may be read (NULL: all).
WITH both_read AS (
    SELECT case_key
    FROM review_read
    WHERE part = 'blind'
    GROUP BY case_key
    HAVING count(*) = 2
)

SELECT
    d.case_id, d.disease, d.criteria_id, v.line_number, d.sparse, d.holds,
    d.machine_response, d.machine_onset_on, d.machine_relapsed_on,
    d.best_response, d.onset_on, d.relapsed_on, d.reached_by,
    b.case_key IS NOT NULL AS both_read
FROM decision_view AS d
SEMI JOIN counted_patient_view USING (patient_key)
LEFT JOIN both_read AS b USING (case_key)
LEFT JOIN course_view AS v ON v.course_key = d.course_key
WHERE $1::TEXT[] IS NULL OR list_contains($1::TEXT[], d.site)
ORDER BY d.case_id
