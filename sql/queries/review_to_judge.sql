-- How many calls are to be judged again before they can be put before readers.
-- Grain: one row, one number.
-- Source: call_view, counted_patient_view.
-- Caveat: courses that were never judged have no call and are not counted. $1: the criteria sets that judge.
SELECT count(*)
FROM call_view
SEMI JOIN counted_patient_view USING (patient_key)
WHERE to_judge AND list_contains($1::TEXT[], criteria_id)
