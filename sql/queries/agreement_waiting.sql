-- How many cases have no decision yet.
-- Grain: one row, one number.
-- Source: review_case_view.
-- Caveat: $1: the sites whose calls may be read (NULL: all).
SELECT count(*)
FROM review_case_view
WHERE state NOT IN ('agreed', 'resolved', 'stale') AND ($1::TEXT[] IS NULL OR list_contains($1::TEXT[], site))
