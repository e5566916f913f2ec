-- Results of an import that stand otherwise in the registry or in the same import: under another patient, on a far
-- day, or under another number.
-- Grain: a staged row and what stands elsewhere.
-- Source: the staged intake_results (position, patient_id, observation_id, source, observed_on, analyte, canonical_e6,
-- fresh); observation, patient.
-- Caveat: a number is one result within its source only; $1 is the number of days from which a move is told. The same
-- day, analyte and value under another number is asked only of rows that are new.
WITH standing AS (
    SELECT
        p.patient_id, f.site, o.observation_id, o.source, o.observed_on, o.analyte, o.canonical_e6, -1 AS position
    FROM observation AS o
    JOIN patient AS p USING (patient_key)
    LEFT JOIN patient_fact AS f ON f.patient_key = p.patient_key AND f.superseded_by IS NULL
    WHERE o.superseded_by IS NULL
        AND (
            o.observation_id IN (SELECT r.observation_id FROM intake_results AS r)
            OR p.patient_id IN (SELECT r.patient_id FROM intake_results AS r WHERE r.fresh)
        )
),

elsewhere AS (
    SELECT * FROM standing
    UNION ALL BY NAME
    SELECT * EXCLUDE (fresh) FROM intake_results
)

SELECT 'patient' AS what, r.position, s.patient_id, s.observation_id, s.observed_on, s.site, s.position >= 0 AS brought
FROM intake_results AS r
JOIN elsewhere AS s ON s.source = r.source AND s.observation_id = r.observation_id AND s.patient_id <> r.patient_id
WHERE r.fresh AND s.position < r.position
UNION ALL
SELECT 'day' AS what, r.position, s.patient_id, s.observation_id, s.observed_on, s.site, s.position >= 0 AS brought
FROM intake_results AS r
JOIN standing AS s ON s.patient_id = r.patient_id AND s.observation_id = r.observation_id
WHERE abs(s.observed_on - r.observed_on) > $1
UNION ALL
SELECT 'number' AS what, r.position, s.patient_id, s.observation_id, s.observed_on, s.site, s.position >= 0 AS brought
FROM intake_results AS r
JOIN standing AS s
    ON s.patient_id = r.patient_id
    AND s.observed_on = r.observed_on
    AND s.analyte = r.analyte
    AND s.canonical_e6 = r.canonical_e6
    AND s.observation_id <> r.observation_id
WHERE r.fresh
ORDER BY 2, 1, 3, 4
