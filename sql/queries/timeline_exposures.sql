-- The alemtuzumab infusions of one patient, in order of day.
-- Grain: one row for each infusion that is not withdrawn.
-- Source: exposure.
-- Caveat: an infusion of several days ends on ended_on.
-- $1: the patient's key.
SELECT exposure_id, agent, setting, started_on, ended_on, cycle, dose_mg, indication_on
FROM exposure
WHERE patient_key = $1 AND superseded_by IS NULL
ORDER BY started_on, exposure_id;
