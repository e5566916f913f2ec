-- The digest that each sealed table had when the program last wrote it.
-- Grain: one row for each table.
-- Source: audit_event.
-- Caveat: count and digest are JSON.
WITH sealing AS (
    SELECT seq, json_extract(rows_digest, '$.sealed') AS sealed
    FROM audit_event
    WHERE contains(rows_digest, '"sealed"')
),
each AS (
    SELECT seq, sealed, unnest(json_keys(sealed)) AS table_name FROM sealing
)
SELECT table_name, arg_max(json_extract_string(sealed, concat('$."', table_name, '"')), seq) AS digest
FROM each
GROUP BY table_name
