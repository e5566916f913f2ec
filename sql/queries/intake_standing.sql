-- What stands of results that an import would replace.
-- Grain: a stored row of an observation.
-- Source: the staged intake_standing (row_key), observation.
-- Caveat: the value is as it was written, with its unit as reported.
SELECT o.row_key, o.value, o.unit
FROM observation AS o
JOIN intake_standing USING (row_key)
ORDER BY o.row_key
