-- How many cases wait for a decision.
-- Grain: one row: waiting, disputed among them, when the oldest was opened.
-- Source: review_case_view, counted_patient_view.
-- Caveat: not for readers: a dispute says that two have committed. A stale case waits no more, its follower does.
SELECT
    count(*) AS waiting,
    count(*) FILTER (WHERE state = 'disputed') AS disputed,
    min(opened_at) AS oldest
FROM review_case_view
SEMI JOIN counted_patient_view USING (patient_key)
WHERE state NOT IN ('agreed', 'resolved', 'stale')
