-- Count and digest of the rows of a table, whatever their order.
-- Grain: one row for each group, with the number of rows and the sums of the lower and upper halves of their MD5.
-- Source: one table, and the canonical text of a row, made by registry.store.audit.
-- Caveat: finds accidents and edits by hand, and is no signature; see registry.store.audit.
SELECT {group} AS grp, count(*), sum(md5_number_lower(row_text)), sum(md5_number_upper(row_text))
FROM (SELECT *, {row_text} AS row_text FROM {table} WHERE {condition})
GROUP BY grp
