-- Whether a fact table has any row, so that a first import need not compare.
-- Grain: one row if it has, none if not.
-- Source: the fact table {table}.
-- Caveat: {table} comes from the list of tables, never from input.
SELECT 1 AS found FROM {table} LIMIT 1
