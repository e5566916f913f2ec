-- Neighbors in a patient's line of values that lie so far apart that one of the two is doubted (DEF-UNIT-08).
-- Grain: one row for each value and the next one of the same patient and analyte that are at least `factor` apart.
-- Source: observation, patient, patient_fact, value_query, value_query_step, and values that are not stored yet.
-- Caveat: only evaluable values, in the canonical unit x 10^6; a comparator counts as far as it is certain. `settled`: a
-- query about either value, in the version that stands, was closed. $1: patients (NULL: all), sites (NULL: all), the
-- factor, and by analyte what a reported 0 lies below. The offered values replace stored ones of the same name.
WITH plan AS (
    SELECT unnest($1::STRUCT(
        patients TEXT[], sites TEXT[], factor BIGINT, zeros STRUCT(analyte TEXT, below_e6 BIGINT)[]
    ))
),

zero AS (
    SELECT unnest(zeros, recursive := true) FROM plan
),

offered AS (
    SELECT patient_id, observation_id, observed_on, analyte, canonical_e6, comparator FROM {offered}
),

person AS (
    SELECT p.patient_key, p.patient_id
    FROM patient AS p
    LEFT JOIN patient_fact AS f ON f.patient_key = p.patient_key AND f.superseded_by IS NULL
    CROSS JOIN plan
    WHERE (plan.patients IS NULL OR p.patient_id IN (SELECT unnest(patients) FROM plan))
        AND (plan.sites IS NULL OR list_contains(plan.sites, f.site))
),

line AS (
    SELECT
        p.patient_id, o.observation_id, o.observed_on, o.observed_at, o.analyte, o.canonical_e6, o.comparator, o.row_key
    FROM observation AS o
    JOIN person AS p USING (patient_key)
    WHERE o.superseded_by IS NULL AND o.not_evaluable IS NULL AND o.canonical_e6 IS NOT NULL
        AND (p.patient_id, o.observation_id) NOT IN (
            SELECT (patient_id, observation_id) FROM offered WHERE observation_id IS NOT NULL
        )
    UNION ALL
    SELECT patient_id, observation_id, observed_on, NULL, analyte, canonical_e6, comparator, NULL
    FROM offered
    WHERE canonical_e6 IS NOT NULL
),

spanned AS (
    SELECT
        l.*,
        CASE WHEN l.comparator = '<' THEN 0 ELSE l.canonical_e6 END AS lowest_e6,
        CASE
            WHEN l.comparator = '>' THEN NULL
            WHEN l.canonical_e6 = 0 THEN z.below_e6
            ELSE l.canonical_e6
        END AS highest_e6
    FROM line AS l
    JOIN zero AS z USING (analyte)
),

wide AS (
    SELECT s.patient_id, s.analyte
    FROM spanned AS s
    GROUP BY s.patient_id, s.analyte
    HAVING max(s.lowest_e6) >= min(s.highest_e6) * (SELECT factor FROM plan)
),

placed AS (
    SELECT
        s.*,
        row_number() OVER (
            PARTITION BY s.patient_id, s.analyte
            ORDER BY s.observed_on, s.observed_at NULLS FIRST, s.observation_id NULLS LAST
        ) AS place
    FROM spanned AS s
    SEMI JOIN wide AS w USING (patient_id, analyte)
),

apart AS (
    SELECT a.patient_id, a.analyte, a.place AS earlier, b.place AS later
    FROM placed AS a
    JOIN placed AS b ON b.patient_id = a.patient_id AND b.analyte = a.analyte AND b.place BETWEEN a.place + 1 AND a.place + 2
    CROSS JOIN plan
    WHERE greatest(a.lowest_e6, b.lowest_e6) > 0
        AND (a.lowest_e6 >= b.highest_e6 * plan.factor OR b.lowest_e6 >= a.highest_e6 * plan.factor)
),

supported AS (
    SELECT
        j.*,
        (
            j.earlier > 1 AND NOT EXISTS (
                SELECT 1 FROM apart AS x
                WHERE x.patient_id = j.patient_id AND x.analyte = j.analyte
                    AND x.earlier = j.earlier - 1 AND x.later = j.earlier
            )
        ) OR (
            j.later < n.places AND NOT EXISTS (
                SELECT 1 FROM apart AS x
                WHERE x.patient_id = j.patient_id AND x.analyte = j.analyte
                    AND x.earlier = j.earlier AND x.later = j.later + 1
            )
        ) AS earlier_is_supported,
        (
            j.later < n.places AND NOT EXISTS (
                SELECT 1 FROM apart AS x
                WHERE x.patient_id = j.patient_id AND x.analyte = j.analyte
                    AND x.earlier = j.later AND x.later = j.later + 1
            )
        ) OR (
            j.earlier > 1 AND NOT EXISTS (
                SELECT 1 FROM apart AS x
                WHERE x.patient_id = j.patient_id AND x.analyte = j.analyte
                    AND x.earlier = j.earlier - 1 AND x.later = j.later
            )
        ) AS later_is_supported
    FROM apart AS j
    JOIN (
        SELECT patient_id, analyte, max(place) AS places FROM placed GROUP BY patient_id, analyte
    ) AS n USING (patient_id, analyte)
    WHERE j.later = j.earlier + 1
),

closed AS (
    SELECT q.row_key
    FROM value_query AS q
    JOIN value_query_step AS s USING (query_id)
    WHERE q.table_name = 'observation' AND q.column_name IN ('value', 'unit')
    GROUP BY q.query_id, q.row_key
    HAVING arg_max(s.state, s.position) = 'closed'
)

SELECT
    j.patient_id, j.analyte,
    a.observation_id AS earlier_id, a.observed_on AS earlier_on, a.canonical_e6 AS earlier_e6,
    a.comparator AS earlier_comparator, NOT j.earlier_is_supported AS earlier_is_doubted,
    b.observation_id AS later_id, b.observed_on AS later_on, b.canonical_e6 AS later_e6,
    b.comparator AS later_comparator,
    NOT j.later_is_supported OR j.earlier_is_supported AS later_is_doubted,
    a.row_key IN (SELECT row_key FROM closed) IS TRUE OR b.row_key IN (SELECT row_key FROM closed) IS TRUE AS settled
FROM supported AS j
JOIN placed AS a ON a.patient_id = j.patient_id AND a.analyte = j.analyte AND a.place = j.earlier
JOIN placed AS b ON b.patient_id = j.patient_id AND b.analyte = j.analyte AND b.place = j.later
ORDER BY b.observed_on DESC, j.patient_id, j.analyte, b.place
