-- Change the rows that stand there otherwise.
-- Grain: one row changed for each.
-- Source: the table itself, differing.
-- Caveat: a template for Change.replace; no key is ever set.
UPDATE {table} AS kept SET {sets} FROM differing AS other WHERE {same_key}
