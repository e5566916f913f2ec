-- The queries of the patients that may be read, oldest first.
-- Grain: one row for each query.
-- Source: value_query, value_query_step, patient, patient_fact, review_case_view.
-- Caveat: closed_at is empty while it is not closed; raised_in and who raised it in a case are not to be shown. What the
-- reader asked in a case without a decision, or where that reader reviews, is masked: it stands under the name of the
-- case, and in no list of one patient or one site. $1: the sites whose patients may be read (NULL: all), those where
-- whoever asks reviews (NULL: all), one patient (NULL: all), one state (NULL: all), who raised it (NULL: all), who asks,
-- whether for one patient or site.
WITH plan AS (
    SELECT unnest($1::STRUCT(
        sites TEXT[], reviewed TEXT[], patient_id TEXT, state TEXT, raised_by TEXT, reader TEXT, narrowed BOOLEAN
    ))
),

latest AS (
    SELECT
        query_id, arg_max(state, position) AS state, min(said_at) AS raised_at, max(said_at) AS said_at,
        arg_min(said_by, position) AS raised_by,
        list(struct_pack(said_by := said_by, said_at := said_at, said := said) ORDER BY position) AS steps
    FROM value_query_step
    GROUP BY query_id
)

SELECT
    q.query_id, CASE WHEN m.masked THEN q.raised_in ELSE p.patient_id END AS patient_id,
    CASE WHEN NOT m.masked THEN f.site END AS site, q.table_name, m.masked, q.identity, q.row_key, q.row_version, q.column_name, l.state,
    q.raised_in, l.raised_at, CASE WHEN l.state = 'closed' THEN l.said_at END AS closed_at,
    l.steps
FROM value_query AS q
JOIN latest AS l USING (query_id)
JOIN patient AS p ON p.patient_key = q.patient_key
LEFT JOIN patient_fact AS f ON f.patient_key = q.patient_key AND f.superseded_by IS NULL
LEFT JOIN review_case_view AS c ON c.case_id = q.raised_in
CROSS JOIN plan
CROSS JOIN
    LATERAL (
        SELECT
            plan.reviewed IS NULL OR list_contains(plan.reviewed, f.site) AS blind
    ) AS b
CROSS JOIN
    LATERAL (
        SELECT
            l.raised_by = plan.reader AND q.raised_in IS NOT NULL
                AND (b.blind OR coalesce(c.state IN ('proposed', 'one_read', 'two_read', 'disputed'), false))
                AS masked
    ) AS m
WHERE CASE WHEN b.blind THEN m.masked ELSE plan.sites IS NULL OR list_contains(plan.sites, f.site) END
    AND (plan.patient_id IS NULL OR p.patient_id = plan.patient_id)
    AND (plan.state IS NULL OR l.state = plan.state)
    AND NOT (m.masked AND plan.narrowed)
    AND (plan.raised_by IS NULL OR l.raised_by = plan.raised_by)
ORDER BY l.raised_at, q.change_seq, q.query_id
