-- The highest key of an anchor table, from which new anchors go on.
-- Grain: one row, 0 if the table is empty.
-- Source: the anchor table {anchor}.
-- Caveat: {anchor} comes from the list of tables, never from input.
SELECT coalesce(max({anchor}_key), 0) AS highest FROM {anchor}
