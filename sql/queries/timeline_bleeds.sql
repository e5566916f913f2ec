-- The bleeds of one patient, in order of day.
-- Grain: one row for each bleed that is not withdrawn.
-- Source: bleed.
-- Caveat: a bleed of grade 0 says that bleeding was looked for and is left out.
-- $1: the patient's key.
SELECT bleed_id, started_on, ended_on, scale, grade, site, itp_related
FROM bleed
WHERE patient_key = $1 AND superseded_by IS NULL AND grade IS DISTINCT FROM 0
ORDER BY started_on, bleed_id;
