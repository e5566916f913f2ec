-- What stands in a column that is left out.
-- Grain: one row for each column with a default. $1: name of the table.
-- Source: the catalogue of the database.
-- Caveat: the default is SQL text.
SELECT column_name, column_default
FROM duckdb_columns()
WHERE schema_name = 'main' AND table_name = $1 AND column_default IS NOT NULL
