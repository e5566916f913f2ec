-- Surveillance: the specimens that cannot be judged, as the laboratory reported them, seen on one day.
-- Grain: one row for each current result that is not evaluable, the newest of a patient last.
-- Source: watched (worklist_watched.sql); current rows of observation.
-- Caveat: a count that was not taken is no specimen.
-- $1: the plan (worklist_watched.sql), with the analyte and the reasons why nothing was taken.
SELECT
    number,
    observed_on,
    observed_at + to_minutes(coalesce(utc_offset_minutes, 0)::BIGINT) AS taken_at,
    change_seq,
    value,
    unit,
    coalesce(not_evaluable, quality) AS why,
    canonical_e6,
    comparator
FROM observation
JOIN watched USING (patient_key)
WHERE superseded_by IS NULL
    AND analyte = ($1).analyte
    AND observed_on <= ($1).as_of
    AND (not_evaluable IS NOT NULL OR canonical_e6 IS NULL OR quality = 'clumped')
    AND NOT list_contains(($1).not_taken, coalesce(not_evaluable, quality, ''))
ORDER BY number, observed_on, taken_at NULLS FIRST, row_key
