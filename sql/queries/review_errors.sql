-- Errors among the accepted calls that were drawn at random here and decided, and how many draws wait.
-- Grain: one row: errors, decided, waiting, in_dispute.
-- Source: review_case_view, counted_patient_view, review_packet, review_decision.
-- Caveat: an error is another level (DEF-REV-11); a decision that was re-opened since still says whether the call of
-- its time was right. A case that came in from another registry has no packet and tells nothing of this one's machine.
SELECT
    count(*) FILTER (WHERE d.level <> c.machine_response) AS errors,
    count(d.case_key) AS decided,
    count(*) FILTER (WHERE d.case_key IS NULL AND c.state <> 'stale') AS waiting,
    count(*) FILTER (WHERE d.case_key IS NULL AND c.state = 'disputed') AS in_dispute
FROM review_case_view AS c
SEMI JOIN counted_patient_view USING (patient_key)
JOIN review_packet AS p USING (case_key)
LEFT JOIN review_decision AS d USING (case_key)
WHERE c.drawn AND c.accepted
