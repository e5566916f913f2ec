-- The responses of the calls that a judging has just written.
-- Grain: one row for each call.
-- Source: call.
-- Caveat: $1 is the criteria set, $2 and $3 the first and last patient_key, $4 the change that was judged up to.
SELECT best_response AS level
FROM call
WHERE criteria_id = $1 AND patient_key BETWEEN $2 AND $3 AND judged_seq = $4
