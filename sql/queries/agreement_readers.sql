-- What the two blind readers of each case said, once both have committed.
-- Grain: one row for each case that is decided or in dispute, with both readings here.
-- Source: review_read, review_case_view, counted_patient_view.
-- Caveat: disputes that are not settled yet stand among them: without these, readers would seem to agree always. first
-- and second stand in no order of persons. $1: the sites whose calls may be read (NULL: all).
WITH given AS (
    SELECT c.case_id, list(r.level ORDER BY r.change_seq, r.level) AS levels
    FROM review_read AS r
    JOIN review_case_view AS c USING (case_key)
    SEMI JOIN counted_patient_view AS p ON p.patient_key = c.patient_key
    WHERE r.part = 'blind'
        AND c.state IN ('agreed', 'disputed', 'resolved')
        AND ($1::TEXT[] IS NULL OR list_contains($1::TEXT[], c.site))
    GROUP BY c.case_id
)

SELECT levels[1] AS first, levels[2] AS second
FROM given
WHERE len(levels) = 2
ORDER BY case_id
