-- Names and types of the columns of a table.
-- Grain: one row for each column, in order. $1: name of the table.
-- Source: the catalogue of the database.
-- Caveat: only tables of this file, not temporary ones.
SELECT column_name, data_type
FROM information_schema.columns
WHERE table_schema = 'main' AND table_name = $1
ORDER BY ordinal_position
