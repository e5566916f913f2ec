-- What the two blind readers of each case said, once both have committed.
-- Grain: one row for each case that is decided or in dispute, with both readings here.
-- Source: review_read, review_case_view.
-- Caveat: disputes that are not settled yet stand among them: without these, readers would seem to agree always. first
-- and second stand in no order of persons. $1: the sites whose calls may be read (NULL: all).
SELECT arg_min(r.level, r.committed_at) AS first, arg_max(r.level, r.committed_at) AS second
FROM review_read AS r
JOIN review_case_view AS c USING (case_key)
WHERE r.part = 'blind'
    AND c.state IN ('agreed', 'disputed', 'resolved')
    AND ($1::TEXT[] IS NULL OR list_contains($1::TEXT[], c.site))
GROUP BY c.case_id
HAVING count(*) = 2
ORDER BY c.case_id
