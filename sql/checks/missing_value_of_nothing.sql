-- a reason why a value is missing belongs to a fact that stands
-- Grain: one row for each reason that belongs to none.
-- Source: missing_value, fact_name_view.
-- Caveat: whether the column is empty is checked when either is written.
SELECT m.row_key, m.table_name, m.fact_id, m.column_name
FROM missing_value AS m
WHERE m.superseded_by IS NULL
    AND NOT EXISTS (
        SELECT 1
        FROM fact_name_view AS n
        WHERE n.table_name = m.table_name AND n.fact_id = m.fact_id AND n.patient_key = m.patient_key
    )
ORDER BY m.row_key
