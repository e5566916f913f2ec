-- Surveillance: the clean counts of the patients whom a protocol watches, seen on one day.
-- Grain: one row for each current result that is evaluable, however old.
-- Source: watched (worklist_watched.sql); current rows of observation.
-- Caveat: in no order; which of them are looked at, and which value is that of a day, the judge decides.
-- $1: the plan (worklist_watched.sql), with the analyte.
SELECT
    number,
    observed_on,
    -- As the clock on the wall showed it.
    observed_at + to_minutes(coalesce(utc_offset_minutes, 0)::BIGINT) AS taken_at,
    canonical_e6,
    (CASE comparator WHEN '<' THEN -1 WHEN '>' THEN 1 ELSE 0 END)::TINYINT AS over,
    -- The numbers of adjudication/day_values.py; a tube that is not recorded is read as EDTA.
    CASE specimen WHEN 'heparin' THEN 2 WHEN 'citrate' THEN 1 ELSE 0 END::TINYINT AS tube,
    change_seq
FROM observation
JOIN watched USING (patient_key)
WHERE superseded_by IS NULL
    AND analyte = ($1).analyte
    AND observed_on <= ($1).as_of
    AND not_evaluable IS NULL
    AND canonical_e6 IS NOT NULL
    AND quality IS DISTINCT FROM 'clumped'
