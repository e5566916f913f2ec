-- Take away the calls of courses that are no longer there.
-- Grain: one row deleted for each.
-- Source: call, judged (staged).
-- Caveat: $1 is the criteria set, $2 and $3 the first and last patient_key.
DELETE FROM call
WHERE criteria_id = $1
    AND patient_key BETWEEN $2 AND $3
    AND course_key NOT IN (SELECT course_key FROM judged)
