-- The disputes that somebody may settle as third reader, or sits in a committee about.
-- Grain: one row for each disputed case.
-- Source: review_case_view, counted_patient_view, review_claim, review_read, review_committee_view,
-- patient_author_view.
-- Caveat: part is third or committee; a committee's case stands here for its members alone, as long as it can
-- reach its quorum; voting is the number of the last one that was called, 0 without. $1: the account, the
-- sites where it reviews (NULL: all), the time now in UTC.
WITH plan AS (
    SELECT unnest($1::STRUCT(reader TEXT, sites TEXT[], now TIMESTAMP))
),

sitting AS (
    SELECT
        c.case_key,
        bool_or(c.sits) AS sits,
        bool_or(c.member = plan.reader) AS member,
        bool_or(c.voted AND c.member = plan.reader) AS voted,
        count(*) FILTER (WHERE c.voted) >= any_value(c.quorum) AS countable,
        any_value(c.round) AS voting
    FROM review_committee_view AS c
    CROSS JOIN plan
    GROUP BY c.case_key
),

given AS (
    SELECT
        r.case_key,
        bool_or(r.part = 'blind' AND r.reader = plan.reader) AS read_blind,
        bool_or(r.part = 'third' AND r.reader = plan.reader) AS third,
        bool_or(r.part = 'third' AND r.reader <> plan.reader) AS third_by_other
    FROM review_read AS r
    CROSS JOIN plan
    GROUP BY r.case_key
)

SELECT
    c.case_id, c.disease,
    CASE WHEN s.sits THEN 'committee' ELSE 'third' END AS part,
    coalesce(m.expires_at > plan.now, false) AS held, m.draft IS NOT NULL AS saved,
    coalesce(g.third OR g.third_by_other, false) AS committed,
    coalesce(s.sits AND s.voted, false) AS voted,
    coalesce(s.sits AND s.countable, false) AS countable,
    coalesce(s.voting, 0) AS voting,
    CASE WHEN m.expires_at > plan.now THEN m.expires_at END AS expires_at
FROM review_case_view AS c
SEMI JOIN counted_patient_view AS p ON p.patient_key = c.patient_key
CROSS JOIN plan
LEFT JOIN sitting AS s USING (case_key)
LEFT JOIN given AS g USING (case_key)
LEFT JOIN review_claim AS m ON m.case_key = c.case_key AND m.reader = plan.reader
WHERE c.state = 'disputed'
    AND (plan.sites IS NULL OR list_contains(plan.sites, c.site))
    AND CASE WHEN s.sits THEN s.member ELSE NOT coalesce(g.read_blind, false) END
    AND NOT EXISTS (
        SELECT 1 FROM patient_author_view AS a WHERE a.patient_key = c.patient_key AND a.author = plan.reader
    )
    AND NOT EXISTS (
        SELECT 1 FROM review_claim AS h
        WHERE h.case_key = c.case_key AND h.reader <> plan.reader AND h.expires_at > plan.now AND s.sits IS NOT TRUE
    )
