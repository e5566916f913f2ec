-- How old the queries are that are not closed.
-- Grain: one row for each site with such a query.
-- Source: value_query, value_query_step, patient_fact.
-- Caveat: in days since the first question. $1: the sites whose patients may be read (NULL: all), the time now in UTC.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], now TIMESTAMP))
),

latest AS (
    SELECT query_id, arg_max(state, position) AS state, min(said_at) AS raised_at
    FROM value_query_step
    GROUP BY query_id
),

waiting AS (
    SELECT f.site, l.state, date_diff('second', l.raised_at, plan.now) / 86400.0 AS days
    FROM value_query AS q
    JOIN latest AS l USING (query_id)
    LEFT JOIN patient_fact AS f ON f.patient_key = q.patient_key AND f.superseded_by IS NULL
    CROSS JOIN plan
    WHERE l.state <> 'closed' AND (plan.sites IS NULL OR list_contains(plan.sites, f.site))
)

SELECT
    site, count(*) FILTER (WHERE state = 'open') AS open, count(*) FILTER (WHERE state = 'answered') AS answered,
    quantile_cont(days, 0.5) AS median_days, quantile_cont(days, 0.9) AS ninetieth_days
FROM waiting
GROUP BY site
ORDER BY site
