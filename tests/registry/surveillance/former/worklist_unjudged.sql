-- Surveillance: the specimens since the last clean count that cannot be judged, as the laboratory reported them.
-- Grain: one row for each such specimen, the newest of a patient last.
-- Source: specimen (worklist_specimens.sql), day (worklist_days.sql).
-- Caveat: a specimen from before the last clean count is not among them.
SELECT
    patient_key,
    observed_on,
    taken_at,
    reported.text,
    reported.unit,
    reported.why,
    reported.canonical_e6,
    reported.comparator
FROM specimen
JOIN day USING (patient_key)
WHERE NOT clean AND (last_on IS NULL OR observed_on > last_on)
ORDER BY patient_key, observed_on, taken_at NULLS FIRST, reported.row_key
