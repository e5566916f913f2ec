-- Take away the calls of one patient that are about to be made again.
-- Grain: one row deleted for each.
-- Source: call.
-- Caveat: $1 is the patient_key, $2 the list of criteria sets.
DELETE FROM call WHERE patient_key = $1 AND list_contains($2, criteria_id)
