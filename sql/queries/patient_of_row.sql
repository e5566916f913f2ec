-- The patient of one current fact.
-- Grain: one row if the fact is current.
-- Source: the view of one table of the bundle.
-- Caveat: $1 is the row_key; the table is put in by name, from the closed list of tables.
SELECT patient_key FROM {table}_view WHERE row_key = $1
