-- the day of an observation is the day of its time
-- Grain: one row for each observation whose time lies on another day.
-- Source: observation.
-- Caveat: the time is compared on the clock of the place where the specimen was taken.
SELECT row_key, observed_on, observed_at
FROM observation
WHERE observed_at IS NOT NULL
    AND (observed_at + to_minutes(coalesce(utc_offset_minutes, 0)::BIGINT))::DATE <> observed_on
ORDER BY row_key
