-- an evaluable observation has a value
-- Grain: one row for each that has none.
-- Source: observation.
-- Caveat: an observation is evaluable when no reason says otherwise.
SELECT row_key, observation_id
FROM observation
WHERE not_evaluable IS NULL AND canonical_e6 IS NULL
ORDER BY row_key
