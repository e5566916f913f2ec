-- Take away what was said of the other lineage of some patients.
-- Grain: one row deleted for each course.
-- Source: other_lineage_call.
-- Caveat: $1 is the criteria set, $2 and $3 the first and last patient_key.
DELETE FROM other_lineage_call WHERE criteria_id = $1 AND patient_key BETWEEN $2 AND $3
