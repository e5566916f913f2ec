-- The rows of an import beside the latest version of the same fact, current or withdrawn.
-- Grain: a staged row whose fact is stored; the others are new.
-- Source: the staged intake_rows, and the fact table of the same columns.
-- was_said_before: an older version said the same; asked only of a file that was imported before.
-- Caveat: names in braces come from the list of tables, never from input.
WITH present AS (
    SELECT * FROM {table} WHERE superseded_by IS NULL
),
gone AS (
    SELECT * FROM {table}
    WHERE superseded_by IS NOT NULL
    QUALIFY row_number() OVER (PARTITION BY {identity} ORDER BY version DESC) = 1
),
latest AS (
    SELECT * FROM present
    UNION ALL
    SELECT gone.* FROM gone ANTI JOIN present USING ({identity})
)
SELECT
    intake_rows.position,
    latest.row_key,
    latest.version,
    latest.superseded_by IS NULL AS is_current,
    ({same}) AS is_same,
    ({said_before}) AS was_said_before
FROM intake_rows JOIN latest USING ({identity})
