-- Rows that are about to be stored, with the types and the order of the table's columns.
-- Grain: one row for each row of the source.
-- Source: incoming (registered).
-- Caveat: a template: columns and source are put in by the program, never by a person.
SELECT {columns} FROM {source}
