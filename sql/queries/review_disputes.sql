-- The disputes that somebody may settle as third reader, or sits in a committee about.
-- Grain: one row for each disputed case.
-- Source: review_case_view, review_claim, review_read, review_seat, patient_author_view.
-- Caveat: part is third or committee; a committee's case stands here for its members alone. $1: the account, the
-- sites where it reviews (NULL: all), the time now in UTC.
WITH plan AS (
    SELECT unnest($1::STRUCT(reader TEXT, sites TEXT[], now TIMESTAMP))
),

seat AS (
    SELECT
        case_key, member, quorum, round, max(round) OVER (PARTITION BY case_key) AS last
    FROM review_seat
),

sitting AS (
    SELECT case_key, bool_or(s.member = plan.reader) AS member, any_value(s.quorum) AS quorum, any_value(round) AS round
    FROM seat AS s
    CROSS JOIN plan
    WHERE s.round = s.last
    GROUP BY case_key
),

vote AS (
    SELECT
        r.case_key, count(*) AS number, bool_or(r.reader = plan.reader) AS mine
    FROM review_read AS r
    JOIN sitting AS s ON s.case_key = r.case_key AND s.round = r.round
    CROSS JOIN plan
    WHERE r.part = 'committee'
    GROUP BY r.case_key
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
    CASE WHEN s.case_key IS NULL THEN 'third' ELSE 'committee' END AS part,
    coalesce(m.expires_at > plan.now, false) AS held, m.draft IS NOT NULL AS saved,
    coalesce(g.third OR g.third_by_other, false) AS committed,
    coalesce(v.mine, false) AS voted,
    coalesce(v.number >= s.quorum, false) AS countable,
    CASE WHEN m.expires_at > plan.now THEN m.expires_at END AS expires_at
FROM review_case_view AS c
CROSS JOIN plan
LEFT JOIN sitting AS s USING (case_key)
LEFT JOIN vote AS v USING (case_key)
LEFT JOIN given AS g USING (case_key)
LEFT JOIN review_claim AS m ON m.case_key = c.case_key AND m.reader = plan.reader
WHERE c.state = 'disputed'
    AND (plan.sites IS NULL OR list_contains(plan.sites, c.site))
    AND CASE WHEN s.case_key IS NULL THEN NOT coalesce(g.read_blind, false) ELSE s.member END
    AND NOT EXISTS (
        SELECT 1 FROM patient_author_view AS a WHERE a.patient_key = c.patient_key AND a.author = plan.reader
    )
    AND NOT EXISTS (
        SELECT 1 FROM review_claim AS h
        WHERE h.case_key = c.case_key AND h.reader <> plan.reader AND h.expires_at > plan.now AND s.case_key IS NULL
    )
