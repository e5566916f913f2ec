-- What people decided, as decision.csv has it.
-- Grain: one row for each case that was ever decided.
-- Source: review_decision, review_case_view.
-- Caveat: a decision holds in the states agreed and resolved; superseded_by is the later case that was decided too.
CREATE VIEW decision_view AS
SELECT
    c.case_id, c.course_id, c.criteria_id, c.criteria_hash, c.engine_version,
    strftime(c.opened_at, '%Y-%m-%dT%H:%M:%S') AS opened_at,
    c.data_cut_on, c.reasons,
    CASE WHEN c.accepted THEN 'yes' ELSE 'no' END AS accepted,
    CASE WHEN c.drawn THEN 'yes' ELSE 'no' END AS drawn,
    CASE WHEN c.agents_masked THEN 'yes' ELSE 'no' END AS agents_masked,
    CASE c.sparse WHEN true THEN 'yes' WHEN false THEN 'no' END AS sparse,
    c.fingerprint AS packet, c.follows, c.started_on,
    c.machine_response, c.machine_reason, c.machine_onset_on, c.machine_cr_onset_on, c.machine_lost_cr_on,
    c.machine_relapsed_on, c.series_fingerprint, c.evidence,
    d.level AS best_response, d.onset_on, d.lost_cr_on, d.relapsed_on, d.reached_by,
    strftime(d.decided_at, '%Y-%m-%dT%H:%M:%S') AS decided_at,
    c.state, n.case_id AS superseded_by,
    c.state IN ('agreed', 'resolved') AS holds,
    c.case_key, c.course_key, c.patient_key, c.site, c.disease
FROM review_decision AS d
JOIN review_case_view AS c USING (case_key)
LEFT JOIN (
    review_case AS n
    JOIN review_decision AS nd ON nd.case_key = n.case_key
) ON n.follows = c.case_id;
