-- Everything that is defined in the file, in the words of the database.
-- Grain: one row for each table, view and index.
-- Source: the catalogue of the database.
-- Caveat: the wording depends on the version of the database.
SELECT 'table' AS kind, table_name AS name, sql FROM duckdb_tables() WHERE NOT internal AND NOT temporary
UNION ALL
SELECT 'view', view_name, sql FROM duckdb_views() WHERE NOT internal AND NOT temporary
UNION ALL
SELECT 'index', index_name, sql FROM duckdb_indexes()
ORDER BY kind, name
