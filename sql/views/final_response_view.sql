-- The response that counts: the decision of people if one holds, else the machine's call, and which of them it is.
-- Grain: one row for each course and criteria set with a call or a decision that holds.
-- Source: call, decided_response_view.
-- Caveat: provenance is decision or call; the call stands beside a decision in call_*, and what a decision does not say
-- is told as decided_response_view has it. Not for a blind reader: see registry.reviews.blindness.
CREATE VIEW final_response_view AS
SELECT
    'call' AS provenance, c.course_key, c.patient_key, c.criteria_id, c.criteria_hash,
    c.best_response, c.reason, c.onset_on, c.cr_onset_on, c.lost_cr_on, c.relapsed_on,
    c.duration_of_response_days, c.duration_status, c.censored_by, c.srot30, c.srot50, c.judged_seq,
    c.best_response AS call_response, c.onset_on AS call_onset_on, c.lost_cr_on AS call_lost_cr_on,
    c.relapsed_on AS call_relapsed_on
FROM call AS c
WHERE NOT EXISTS (
    SELECT 1
    FROM decided_response_view AS d
    WHERE d.course_key = c.course_key AND d.criteria_id = c.criteria_id
)
UNION ALL BY NAME
SELECT
    'decision' AS provenance, d.course_key, d.patient_key, d.criteria_id, d.criteria_hash,
    d.best_response, d.reason, d.onset_on, d.cr_onset_on, d.lost_cr_on, d.relapsed_on,
    d.duration_of_response_days, d.duration_status, d.censored_by, d.srot30, d.srot50, d.judged_seq,
    d.call_response, d.call_onset_on, d.call_lost_cr_on, d.call_relapsed_on,
    d.case_id, d.reached_by, d.decided_at
FROM decided_response_view AS d;
