-- Courses whose decision was re-opened and that nobody has decided again.
-- Grain: one row: their number, and the patient and the course of the one re-opened last.
-- Source: review_case_view.
-- Caveat: for whoever may see calls. $1: the sites whose calls may be read (NULL: all).
SELECT
    count(*) AS number,
    arg_max(n.patient_id, n.case_key) AS patient_id,
    arg_max(n.course_id, n.case_key) AS course_id,
    arg_max(n.opened_at, n.case_key) AS reopened_at
FROM review_case_view AS n
WHERE n.follows IS NOT NULL
    AND n.state NOT IN ('agreed', 'resolved', 'stale')
    AND (($1).sites IS NULL OR list_contains(($1).sites::TEXT[], n.site))
