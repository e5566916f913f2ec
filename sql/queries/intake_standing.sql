-- What stands of results that an import would replace.
-- Grain: a stored row of an observation.
-- Source: the staged intake_standing (row_key), observation.
-- Caveat: rows are as stored, superseded ones too, in the order of their keys.
SELECT o.row_key, o.value, o.unit
FROM observation AS o
JOIN intake_standing USING (row_key)
ORDER BY o.row_key
