-- Store the rows whose key does not stand there yet.
-- Grain: one row for each.
-- Source: added.
-- Caveat: a template for Change.replace.
INSERT INTO {table} BY NAME SELECT * FROM added
