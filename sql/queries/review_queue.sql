-- The cases that somebody may read, or holds as a reader.
-- Grain: one row for each case in the independent phase.
-- Source: review_case_view, counted_patient_view, review_claim, review_read, patient_author_view.
-- Caveat: whether another has committed or only holds the case makes no difference to what is listed; $1: the account,
-- the sites where it reviews (NULL: all), the time now in UTC.
WITH plan AS (
    SELECT unnest($1::STRUCT(reader TEXT, sites TEXT[], now TIMESTAMP))
),

taken AS (
    SELECT m.case_key, m.reader FROM review_claim AS m, plan WHERE m.expires_at > plan.now
    UNION
    SELECT case_key, reader FROM review_read WHERE part = 'blind'
),

others AS (
    SELECT t.case_key, count(*) AS number
    FROM taken AS t
    CROSS JOIN plan
    WHERE t.reader <> plan.reader
    GROUP BY t.case_key
)

SELECT
    c.case_id, c.disease, coalesce(m.expires_at > plan.now, false) AS held, m.draft IS NOT NULL AS saved,
    coalesce(m.seconds, 0), CASE WHEN m.expires_at > plan.now THEN m.expires_at END AS expires_at
FROM review_case_view AS c
SEMI JOIN counted_patient_view AS p ON p.patient_key = c.patient_key
CROSS JOIN plan
LEFT JOIN others AS o USING (case_key)
LEFT JOIN review_claim AS m ON m.case_key = c.case_key AND m.reader = plan.reader
WHERE c.state IN ('proposed', 'one_read')
    AND (plan.sites IS NULL OR list_contains(plan.sites, c.site))
    AND (coalesce(o.number, 0) < 2 OR coalesce(m.expires_at > plan.now, false))
    AND NOT EXISTS (
        SELECT 1 FROM review_read AS r WHERE r.case_key = c.case_key AND r.part = 'blind' AND r.reader = plan.reader
    )
    AND NOT EXISTS (
        SELECT 1 FROM patient_author_view AS a WHERE a.patient_key = c.patient_key AND a.author = plan.reader
    )
