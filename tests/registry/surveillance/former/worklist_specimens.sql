-- Surveillance: every platelet specimen of the living patients whom one programme watches, seen on one day.
-- Grain: one row for each current platelet result from so many days before the first infusion on; a count that was
--   not taken is none.
-- Source: infused (surveillance_infused.sql); current rows of observation.
-- Caveat: a value with a comparator lies one millionth beyond its limit. What was reported in citrate is exact to tell
--   again: the factor was rounded down. The text is kept only of what cannot be judged.
-- $1: the plan (worklist.sql).
SELECT
    patient_key,
    observed_on,
    change_seq,
    -- As the clock on the wall showed it.
    observed_at + to_minutes(coalesce(utc_offset_minutes, 0)::BIGINT) AS taken_at,
    not_evaluable IS NULL AND canonical_e6 IS NOT NULL AND coalesce(quality, '') <> 'clumped' AS clean,
    (CASE comparator WHEN '<' THEN -1 WHEN '>' THEN 1 ELSE 0 END)::TINYINT AS over_e6,
    canonical_e6 + over_e6 AS count_e6,
    CASE
        WHEN specimen = 'citrate'
            THEN (canonical_e6 * ($1).citrate_by + ($1).citrate_times - 1) // ($1).citrate_times
    END AS undiluted_e6,
    CASE
        WHEN NOT clean
            THEN {
                'row_key': row_key,
                'text': value,
                'unit': unit,
                'why': coalesce(not_evaluable, quality),
                'canonical_e6': canonical_e6,
                'comparator': comparator
            }
    END AS reported
FROM observation
JOIN infused USING (patient_key)
WHERE superseded_by IS NULL
    AND place = ($1).place
    AND (died_on IS NULL OR died_on > ($1).as_of)
    AND analyte = ($1).analyte
    AND observed_on <= ($1).as_of
    AND observed_on >= first_infusion_on - ($1).previous_within_days
    AND (clean OR NOT list_contains(($1).not_taken, coalesce(not_evaluable, quality, '')))
