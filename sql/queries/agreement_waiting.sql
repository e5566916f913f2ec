-- How many cases have no decision yet, and in how many of them the two readers differ.
-- Grain: one row: waiting, disputed among them.
-- Source: review_case_view, counted_patient_view.
-- Caveat: $1: the sites whose calls may be read (NULL: all).
SELECT count(*) AS waiting, count(*) FILTER (WHERE state = 'disputed') AS disputed
FROM review_case_view
SEMI JOIN counted_patient_view USING (patient_key)
WHERE state NOT IN ('agreed', 'resolved', 'stale') AND ($1::TEXT[] IS NULL OR list_contains($1::TEXT[], site))
