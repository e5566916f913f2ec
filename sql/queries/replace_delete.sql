-- Take away the rows whose key is no longer wanted.
-- Grain: one row deleted for each.
-- Source: the table itself, wanted.
-- Caveat: a template for Change.replace.
DELETE FROM {table} AS kept WHERE ({where}) AND NOT EXISTS (SELECT 1 FROM wanted AS other WHERE {same_key})
