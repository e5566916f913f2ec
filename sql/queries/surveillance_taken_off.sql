-- Surveillance: from which day on patients stand taken off the list.
-- Grain: one row for each patient whom an outcome has taken off the list, and whom no later finding brought back.
-- Source: infused (surveillance_infused.sql); current rows of outcome, observation, bleed and sign.
-- Caveat: of several such outcomes the first since the last finding counts. A finding is a clean count or a clumped
--   specimen, a bleed that counts, or a sign, as for the judge: it undoes a removal if it is later, or near it and
--   stored after it. So does a later infusion, and another hospital where the removal was said of one.
-- $1: the plan, as in worklist_watched.sql.
WITH said AS (
    SELECT patient_key, outcome_id, o.outcome AS said, min(change_seq) AS said_seq
    FROM outcome AS o
    GROUP BY patient_key, outcome_id, said
),
removal AS (
    SELECT patient_key, done_on, said_seq
    FROM outcome AS o
    JOIN infused USING (patient_key)
    JOIN said USING (patient_key, outcome_id)
    LEFT JOIN patient_fact AS former ON former.patient_key = o.patient_key
        AND former.change_seq <= said_seq
        AND (former.superseded_by IS NULL OR former.superseded_by > said_seq)
    WHERE place = ($1).place
        AND o.superseded_by IS NULL
        AND said = o.outcome
        AND list_contains(($1).remove, o.outcome)
        AND done_on <= ($1).as_of
        AND done_on >= last_infusion_on
        AND NOT (
            list_contains(($1).of_a_site, o.outcome)
            AND former.row_key IS NOT NULL
            AND former.site IS DISTINCT FROM infused.site
        )
),
finding AS (
    SELECT patient_key, observed_on AS found_on, change_seq
    FROM observation
    SEMI JOIN removal USING (patient_key)
    WHERE superseded_by IS NULL
        AND analyte = ($1).analyte
        AND (
            (not_evaluable IS NULL AND canonical_e6 IS NOT NULL)
            OR 'clumped' IN (coalesce(quality, ''), coalesce(not_evaluable, ''))
        )
    UNION ALL
    SELECT patient_key, started_on, change_seq
    FROM bleed
    WHERE superseded_by IS NULL AND grade >= ($1).bleeding_from_grade AND itp_related IS DISTINCT FROM 'no'
    UNION ALL
    SELECT patient_key, noticed_on, change_seq
    FROM sign
    WHERE superseded_by IS NULL
)
SELECT patient_key, min(done_on) AS taken_off_on
FROM removal
WHERE NOT EXISTS (
    FROM finding
    WHERE finding.patient_key = removal.patient_key
        AND found_on <= ($1).as_of
        AND (
            found_on > done_on
            OR (change_seq > said_seq AND found_on + ($1).previous_within_days >= done_on)
        )
)
GROUP BY patient_key
ORDER BY patient_key
