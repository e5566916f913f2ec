-- The columns that the database keeps unique.
-- Grain: one row for each table that has such a key.
-- Source: the catalogue of the database, by its full name: a macro in the file could take the short one.
-- Caveat: of several keys, the primary one.
SELECT table_name, constraint_column_names
FROM system.main.duckdb_constraints()
WHERE schema_name = 'main' AND constraint_type IN ('PRIMARY KEY', 'UNIQUE')
QUALIFY row_number() OVER (PARTITION BY table_name ORDER BY constraint_type) = 1
