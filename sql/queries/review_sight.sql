-- Where the cases on one patient's courses stand, and whether somebody has a part in them.
-- Grain: one row for each course and case, one for a course without a case.
-- Source: course, episode, review_case_view, review_read, review_claim.
-- Caveat: $1 is the patient_key, $2 the account; an old claim counts as a part until the case is closed.
SELECT
    c.course_key, v.state,
    EXISTS (SELECT 1 FROM review_read AS r WHERE r.case_key = v.case_key AND r.reader = $2)
    OR EXISTS (SELECT 1 FROM review_claim AS m WHERE m.case_key = v.case_key AND m.reader = $2) AS has_part
FROM course AS c
JOIN episode AS e USING (episode_key)
LEFT JOIN review_case_view AS v USING (course_key)
WHERE e.patient_key = $1
