-- What each reader said of the cases that were decided, as read.csv has it.
-- Grain: one row for each committed judgement: two blind ones, and where it came to that a third and votes.
-- Source: review_read, decision_view.
-- Caveat: nothing of a case that is not decided; seen is the digest of what was shown and said.
CREATE VIEW read_view AS
SELECT
    d.case_id, d.course_id, d.criteria_id, r.part, r.round, r.reader, r.level, r.onset_on, r.lost_cr_on,
    r.relapsed_on, r.confidence, r.reason, r.note, r.seconds,
    strftime(r.committed_at, '%Y-%m-%dT%H:%M:%S') AS committed_at,
    r.meaning, r.seen, r.packet, r.method,
    d.case_key, d.course_key, d.patient_key
FROM review_read AS r
JOIN decision_view AS d USING (case_key);
