-- The response that counts: the decision of people if one holds, else the machine's call, and which of them it is.
-- Grain: one row for each course and criteria set with a call or a decision that holds.
-- Source: call_response_view, decided_response_view, review_decision, review_case, review_step.
-- Caveat: provenance is decision or call; the call stands beside a decision in call_*, and what a decision does not say
-- is told as decided_response_view has it. Not for a blind reader: see registry.review.blindness.
CREATE VIEW final_response_view AS
SELECT c.*
FROM call_response_view AS c
WHERE NOT EXISTS (
    SELECT 1
    FROM review_decision AS d
    JOIN review_case AS k USING (case_key)
    WHERE k.course_key = c.course_key
        AND k.criteria_id = c.criteria_id
        AND NOT EXISTS (SELECT 1 FROM review_step AS s WHERE s.case_key = d.case_key AND s.state = 'stale')
)
UNION ALL BY NAME
SELECT
    'decision' AS provenance, d.course_key, d.patient_key, d.criteria_id, d.criteria_hash,
    d.best_response, d.reason, d.onset_on, d.cr_onset_on, d.lost_cr_on, d.relapsed_on,
    d.duration_of_response_days, d.duration_status, d.censored_by, d.srot30, d.srot50, d.judged_seq,
    d.case_id, d.reached_by, d.decided_at,
    d.call_response, d.call_onset_on, d.call_lost_cr_on, d.call_relapsed_on
FROM decided_response_view AS d;
