-- Where one query stands.
-- Grain: one row if there is such a query: its hospital, its state, who raised it, the number of its last step, its
-- patient, the case in which it was raised.
-- Source: value_query, value_query_step, patient, patient_fact.
-- Caveat: $1 is the query_id; who raised it, and in which case, is not to be shown.
SELECT
    any_value(f.site) AS site, arg_max(s.state, s.position) AS state, arg_min(s.said_by, s.position) AS raised_by,
    max(s.position) AS last, any_value(p.patient_id) AS patient_id, any_value(q.raised_in) AS raised_in
FROM value_query AS q
JOIN value_query_step AS s USING (query_id)
JOIN patient AS p ON p.patient_key = q.patient_key
LEFT JOIN patient_fact AS f ON f.patient_key = q.patient_key AND f.superseded_by IS NULL
WHERE q.query_id = $1
GROUP BY q.query_id
