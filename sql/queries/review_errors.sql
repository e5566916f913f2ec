-- Errors among the accepted calls that were drawn at random and decided.
-- Grain: one row: errors, decided.
-- Source: decision_view.
-- Caveat: an error is another level (DEF-REV-11); a decision that was re-opened since still says whether the call of
-- its time was right.
SELECT count(*) FILTER (WHERE best_response <> machine_response) AS errors, count(*) AS decided
FROM decision_view
WHERE drawn = 'yes' AND accepted = 'yes'
