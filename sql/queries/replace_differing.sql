-- The rows to be stored that stand there already, but otherwise.
-- Grain: one row for each.
-- Source: wanted, the table itself.
-- Caveat: a template for Change.replace.
CREATE OR REPLACE TEMP TABLE differing AS
SELECT other.* FROM wanted AS other JOIN {table} AS kept ON {same_key} WHERE {differs}
