-- Everything that is defined in the file, in the words of the database.
-- Grain: one row for each table, view, index, macro, type and sequence.
-- Source: the catalogue of the database, by its full name: a macro in the file could take the short one.
-- Caveat: the wording depends on the version of the database.
SELECT 'table' AS kind, table_name AS name, sql
FROM system.main.duckdb_tables() WHERE NOT internal AND NOT temporary
UNION ALL
SELECT 'view', view_name, sql FROM system.main.duckdb_views() WHERE NOT internal AND NOT temporary
UNION ALL
SELECT 'index', index_name, sql FROM system.main.duckdb_indexes()
UNION ALL
-- A macro of the name of a built-in function replaces it in every query.
SELECT 'macro', function_name, macro_definition FROM system.main.duckdb_functions() WHERE NOT internal
UNION ALL
SELECT 'type', type_name, logical_type FROM system.main.duckdb_types() WHERE NOT internal
UNION ALL
SELECT 'sequence', sequence_name, sql FROM system.main.duckdb_sequences() WHERE NOT temporary
ORDER BY kind, name
