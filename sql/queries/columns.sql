-- Names, types and defaults of the columns of all tables.
-- Grain: one row for each column, in the order of its table.
-- Source: the catalogue of the database, by its full name: a macro in the file could take the short one.
-- Caveat: only tables of this file, neither views nor temporary tables; a default is SQL text.
SELECT table_name, column_name, data_type, column_default
FROM system.main.duckdb_columns()
WHERE
    schema_name = 'main'
    AND table_oid IN (SELECT table_oid FROM system.main.duckdb_tables() WHERE NOT internal AND NOT temporary)
ORDER BY table_name, column_index
