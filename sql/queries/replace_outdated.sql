-- The rows that are about to be changed, as they stand there.
-- Grain: one row for each.
-- Source: the table itself, differing.
-- Caveat: a template for Change.replace.
SELECT kept.* FROM {table} AS kept WHERE EXISTS (SELECT 1 FROM differing AS other WHERE {same_key})
