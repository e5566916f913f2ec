-- The rows that a part of a table shall consist of.
-- Grain: one row for each.
-- Source: incoming (registered).
-- Caveat: a template for Change.replace.
CREATE OR REPLACE TEMP TABLE wanted AS SELECT {columns} FROM incoming
