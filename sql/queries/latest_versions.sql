-- The latest version of the facts that a few staged rows name, current or withdrawn.
-- Grain: a staged row whose fact is stored.
-- Source: the staged intake_rows, and the fact table of the same identity.
-- Caveat: names in braces come from the list of tables, never from input.
SELECT s.position, f.row_key, f.version, f.superseded_by IS NULL AS is_current
FROM intake_rows AS s
JOIN {table} AS f USING ({identity})
QUALIFY row_number() OVER (PARTITION BY s.position ORDER BY f.version DESC) = 1
