-- Decisions of one patient that hold no more, with what they rested on and what the case that re-opened them rests on.
-- Grain: one row for each decision that is stale, oldest first; the columns of the later case are empty without one.
-- Source: review_decision, review_case_view.
-- Caveat: $1 is the patient_key, $2 the criteria sets, $3 the course_keys that may be seen (NULL: all).
SELECT
    c.case_id, c.course_id, c.criteria_id, d.level AS best_response, d.onset_on, d.lost_cr_on, d.relapsed_on, d.reached_by,
    d.decided_at, c.change_seq,
    c.criteria_hash, c.engine_version, c.started_on, c.machine_response, c.machine_reason, c.machine_onset_on,
    c.machine_cr_onset_on, c.machine_lost_cr_on, c.machine_relapsed_on, c.evidence,
    n.case_id, n.state,
    n.criteria_hash, n.engine_version, n.started_on, n.machine_response, n.machine_reason, n.machine_onset_on,
    n.machine_cr_onset_on, n.machine_lost_cr_on, n.machine_relapsed_on, n.evidence
FROM review_decision AS d
JOIN review_case_view AS c USING (case_key)
LEFT JOIN review_case_view AS n ON n.follows = c.case_id
WHERE c.state = 'stale'
    AND c.patient_key = $1
    AND list_contains($2::TEXT[], c.criteria_id)
    AND ($3::BIGINT[] IS NULL OR list_contains($3::BIGINT[], c.course_key))
ORDER BY d.decided_at, c.case_key
