-- Take away the calls that are about to be replaced.
-- Grain: one row deleted for each.
-- Source: call, changed (staged).
-- Caveat: $1 is the criteria set.
DELETE FROM call WHERE criteria_id = $1 AND course_key IN (SELECT course_key FROM changed)
