-- The columns of which it is said why they are empty, among the patients that this change touched.
-- Grain: one row for each table and column.
-- Source: missing_value; touching holds the patients of the change.
-- Caveat: empty in most changes, and then nothing more is asked.
SELECT DISTINCT table_name, column_name
FROM missing_value
WHERE superseded_by IS NULL AND patient_key IN (SELECT patient_key FROM touching)
