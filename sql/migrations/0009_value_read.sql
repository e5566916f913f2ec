-- What the laboratory wrote is kept letter by letter; the number as understood stands beside it where the two differ.
ALTER TABLE observation ADD COLUMN value_read TEXT;
COMMENT ON COLUMN observation.value_read IS 'The number as understood, with a point and without separators of thousands; empty where value says the same.';
