-- Surveillance: the bleeds and reported signs of the patients whom a protocol watches.
-- Grain: one row for each current bleed and each current sign that began by the day asked.
-- Source: watched (worklist_watched.sql); bleed and sign with their older rows; audit_event for the day on which a
--   person logged a sign.
-- Caveat: an amended end makes a bleed no later: stored_seq is the change that first said when it began, and how grave
--   it is. A sign has no scale and no grade.
-- $1: the plan (worklist_watched.sql).
WITH graded AS (
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
        row_key,
        started_on,
        ended_on,
        stored_seq,
        scale,
        grade,
        itp_related,
        NULL::TEXT AS sign,
        NULL::DATE AS logged_on,
        site AS bled_at
    FROM bleed
    JOIN graded USING (patient_key, bleed_id, started_on, scale, grade)
    WHERE superseded_by IS NULL
    UNION ALL
    SELECT patient_key, row_key, noticed_on, ended_on, stored_seq, NULL, NULL, NULL, sign, logged_on, NULL
    FROM sign
    JOIN reported USING (patient_key, sign_id, noticed_on, sign)
    JOIN logged USING (patient_key, sign_id)
    WHERE superseded_by IS NULL
)
SELECT number, started_on, ended_on, stored_seq, scale, grade, itp_related, sign, logged_on, bled_at
FROM bled
JOIN watched USING (patient_key)
WHERE started_on <= ($1).as_of
ORDER BY number, started_on, sign IS NOT NULL, row_key
