-- What happened to some patients between counts: bleeds, transfusions, rescues, other causes.
-- Grain: one row for each current happening of the patients in range.
-- Source: bleed, transfusion, rescue, other_cause.
-- Caveat: $1 and $2 are the first and last patient_key; ended_on is empty where no end is recorded, of another cause
-- the last of the 28 days that it is then taken to last.
SELECT
    patient_key, started_on, ended_on, 'bleed' AS kind,
    CASE WHEN itp_related = 'no' THEN 'not_related' ELSE 'unknown' END AS reason, grade, row_key,
    scale
FROM bleed
WHERE superseded_by IS NULL AND patient_key BETWEEN $1 AND $2
UNION ALL
SELECT
    patient_key, given_on, NULL, CASE product WHEN 'red_cells' THEN 'red_cells' ELSE 'platelet_transfusion' END,
    coalesce(reason, 'unknown'), 0, row_key, NULL
FROM transfusion
WHERE superseded_by IS NULL AND patient_key BETWEEN $1 AND $2
UNION ALL
SELECT
    patient_key, given_on, NULL,
    CASE agent WHEN 'platelets' THEN 'rescue_platelets' WHEN 'other' THEN 'other_rescue_drug' ELSE 'rescue_drug' END,
    coalesce(reason, 'unknown'), 0, row_key, NULL
FROM rescue
WHERE superseded_by IS NULL AND patient_key BETWEEN $1 AND $2
UNION ALL
SELECT
    patient_key, started_on, coalesce(ended_on, started_on + 28), CASE disease WHEN 'ITP' THEN 'other_cause_itp' ELSE 'other_cause_aiha' END,
    'unknown', 0, row_key, NULL
FROM other_cause
WHERE superseded_by IS NULL AND patient_key BETWEEN $1 AND $2
