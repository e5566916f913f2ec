-- The rows that are about to be taken away.
-- Grain: one row for each.
-- Source: the table itself, wanted.
-- Caveat: a template for Change.replace.
SELECT kept.* FROM {table} AS kept WHERE ({where}) AND NOT EXISTS (SELECT 1 FROM wanted AS other WHERE {same_key})
