-- Names of the columns of a table.
-- Grain: one row for each column, in order. $1: name of the table.
-- Source: the catalogue of the database.
-- Caveat: an error if there is no such table.
SELECT name FROM pragma_table_info($1) ORDER BY cid
