-- Reasons that no longer hold, because the value was recorded meanwhile or the fact was withdrawn.
-- Grain: one row for each current reason of one table and column that is to go.
-- Source: missing_value, fact_name_view, the table of the facts; touching holds the patients of the change.
-- Caveat: $1 is the column; names in braces come from the list of tables, never from input.
SELECT m.row_key
FROM missing_value AS m
LEFT JOIN (
    SELECT n.fact_id, n.patient_key, f.{column} IS NOT NULL AS filled
    FROM fact_name_view AS n
    JOIN {table} AS f ON f.row_key = n.row_key
    WHERE n.table_name = '{name}' AND n.patient_key IN (SELECT patient_key FROM touching)
) AS v
    ON v.fact_id = m.fact_id AND v.patient_key = m.patient_key
WHERE m.superseded_by IS NULL
    AND m.table_name = '{name}' AND m.column_name = $1
    AND m.patient_key IN (SELECT patient_key FROM touching)
    AND coalesce(v.filled, true)
