-- Surveillance: the bleeds and reported signs that count, and the referral that ended each.
-- Grain: one row for each current bleed of the grade that counts, unless it is not of ITP, and each reported sign.
-- Source: infused; bleed and sign with their older rows; audit_event for the day on which a sign was logged; done
--   (worklist_done.sql).
-- Caveat: an end that is the day on which a sign was logged by a person says that it was still there; an end after the
--   day asked is not known yet. An amended end makes a bleed no later. What was over before the first infusion is left
--   out.
-- $1: the plan (worklist.sql). $2: grades up to which a bleed is mild, by scale.
WITH mild AS (
    SELECT unnest($2::STRUCT(scale TEXT, up_to_grade INTEGER)[], recursive := true)
),
graded AS (
    SELECT patient_key, bleed_id, started_on, scale, grade, min(change_seq) AS stored_seq
    FROM bleed
    GROUP BY patient_key, bleed_id, started_on, scale, grade
),
reported AS (
    SELECT patient_key, sign_id, noticed_on, sign, min(change_seq) AS stored_seq
    FROM sign
    GROUP BY patient_key, sign_id, noticed_on, sign
),
logged AS (
    SELECT
        patient_key,
        sign_id,
        CASE WHEN action <> 'import' THEN recorded_at::DATE END AS logged_on
    FROM (SELECT patient_key, sign_id, min(change_seq) AS seq FROM sign GROUP BY patient_key, sign_id) AS first_row
    JOIN audit_event USING (seq)
),
bled AS (
    SELECT
        patient_key,
        CASE WHEN grade <= up_to_grade THEN 2 ELSE 4 END AS bits,
        started_on,
        CASE WHEN ended_on <= ($1).as_of THEN ended_on END AS ended_on,
        stored_seq,
        scale || ' grade ' || grade AS word
    FROM bleed
    JOIN graded USING (patient_key, bleed_id, started_on, scale, grade)
    LEFT JOIN mild USING (scale)
    WHERE superseded_by IS NULL AND grade >= ($1).bleeding_from_grade AND itp_related IS DISTINCT FROM 'no'
    UNION ALL
    SELECT
        patient_key,
        2,
        noticed_on,
        CASE WHEN ended_on <= ($1).as_of AND ended_on IS DISTINCT FROM logged_on THEN ended_on END,
        stored_seq,
        sign AS word
    FROM sign
    JOIN reported USING (patient_key, sign_id, noticed_on, sign)
    JOIN logged USING (patient_key, sign_id)
    WHERE superseded_by IS NULL
)
SELECT
    row_number() OVER () AS number,
    patient_key,
    bits,
    started_on,
    ended_on,
    stored_seq,
    word,
    (
        SELECT min(done_on)
        FROM done
        WHERE done.patient_key = bled.patient_key
            AND list_contains(($1).settle, outcome)
            AND done_on >= started_on
            AND said_seq >= stored_seq
    ) AS referred_on
FROM bled
JOIN infused USING (patient_key)
WHERE infused.place = ($1).place
    AND started_on <= ($1).as_of
    AND coalesce(ended_on, started_on + ($1).present_days) >= first_infusion_on
