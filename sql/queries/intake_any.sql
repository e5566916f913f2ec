-- One row if the fact table has any, so that a first import need not compare. {table} is never from input.
SELECT 1 AS found FROM {table} LIMIT 1
