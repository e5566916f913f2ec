-- The sources of all results that the registry holds.
-- Grain: a source.
-- Source: observation, all versions.
-- Caveat: results without a source are not told.
SELECT DISTINCT source FROM observation WHERE source IS NOT NULL
