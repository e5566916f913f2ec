-- Surveillance: from which day on patients stand taken off the list.
-- Grain: one row for each patient whom an outcome has taken off the list, and whom no later finding brought back.
-- Source: infused (surveillance_infused.sql); current rows of outcome, observation, bleed and sign.
-- Caveat: of several such outcomes the first since the last finding counts. A finding is a clean count or a clumped
--   specimen, a bleed that counts, or a sign, as in worklist.sql.
-- $1: the plan, as in worklist.sql.
WITH removal AS (
    SELECT patient_key, done_on
    FROM outcome
    JOIN infused USING (patient_key)
    WHERE place = ($1).place
        AND superseded_by IS NULL
        AND list_contains(($1).remove, outcome)
        AND done_on <= ($1).as_of
),
finding AS (
    SELECT patient_key, observed_on AS found_on
    FROM observation
    SEMI JOIN removal USING (patient_key)
    WHERE superseded_by IS NULL
        AND analyte = ($1).analyte
        AND (
            (not_evaluable IS NULL AND canonical_e6 IS NOT NULL)
            OR 'clumped' IN (coalesce(quality, ''), coalesce(not_evaluable, ''))
        )
    UNION ALL
    SELECT patient_key, started_on
    FROM bleed
    WHERE superseded_by IS NULL AND grade >= ($1).bleeding_from_grade AND itp_related IS DISTINCT FROM 'no'
    UNION ALL
    SELECT patient_key, noticed_on
    FROM sign
    WHERE superseded_by IS NULL
),
last_finding AS (
    SELECT patient_key, max(found_on) AS found_on
    FROM finding
    WHERE found_on <= ($1).as_of
    GROUP BY patient_key
)
SELECT patient_key, min(done_on) AS taken_off_on
FROM removal
LEFT JOIN last_finding USING (patient_key)
WHERE found_on IS NULL OR done_on >= found_on
GROUP BY patient_key
ORDER BY patient_key
