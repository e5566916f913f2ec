-- The facts of which staged rows say why one column is empty, and whether it is.
-- Grain: a staged row whose fact stands.
-- Source: the staged missing_rows (position, patient_id, fact_id), fact_name_view and the table of the facts.
-- Caveat: names in braces come from the list of tables, never from input.
SELECT s.position, f.{column} IS NOT NULL AS filled
FROM missing_rows AS s
JOIN patient AS p USING (patient_id)
JOIN fact_name_view AS n
    ON n.table_name = '{name}' AND n.fact_id = s.fact_id AND n.patient_key = p.patient_key
JOIN {table} AS f ON f.row_key = n.row_key
