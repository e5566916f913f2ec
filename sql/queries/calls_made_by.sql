-- By which engine and under which criteria the stored calls were made.
-- Grain: one row for each criteria set, digest and engine, with the number of calls.
-- Source: call.
-- Caveat: also calls that are out of date.
SELECT criteria_id, criteria_hash, engine_version, count(*) AS calls
FROM call
GROUP BY ALL
ORDER BY ALL
