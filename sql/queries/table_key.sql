-- The columns of a table that the database keeps unique.
-- Grain: one row, or none. $1: name of the table.
-- Source: the catalogue of the database.
-- Caveat: of several keys, the primary one.
SELECT constraint_column_names
FROM duckdb_constraints()
WHERE schema_name = 'main' AND table_name = $1 AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')
ORDER BY constraint_type
LIMIT 1
