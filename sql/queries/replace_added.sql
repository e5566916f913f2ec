-- The rows to be stored whose key does not stand there yet.
-- Grain: one row for each.
-- Source: wanted, the table itself.
-- Caveat: a template for Change.replace.
CREATE OR REPLACE TEMP TABLE added AS
SELECT other.* FROM wanted AS other WHERE NOT EXISTS (SELECT 1 FROM {table} AS kept WHERE {same_key})
