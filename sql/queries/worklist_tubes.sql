-- Surveillance: the platelet results of one day in different tubes, as the laboratory reported them.
-- Grain: one row for each current evaluable result of some patients, each on one day; EDTA first, by time.
-- Source: watched (worklist_watched.sql); current rows of observation.
-- Caveat: a tube that is not recorded is read as EDTA.
-- $1: the plan (worklist_watched.sql), with the analyte. $2: the patients' numbers and days.
WITH asked AS (
    SELECT unnest($2::STRUCT(number INTEGER, observed_on DATE)[], recursive := true)
)
SELECT
    number,
    CASE specimen WHEN 'heparin' THEN 'heparin' WHEN 'citrate' THEN 'citrate' ELSE 'EDTA' END AS tube,
    value,
    unit,
    canonical_e6
FROM observation
JOIN watched USING (patient_key)
JOIN asked USING (number, observed_on)
WHERE superseded_by IS NULL
    AND analyte = ($1).analyte
    AND not_evaluable IS NULL
    AND canonical_e6 IS NOT NULL
    AND quality IS DISTINCT FROM 'clumped'
ORDER BY number, tube, observed_at, row_key
