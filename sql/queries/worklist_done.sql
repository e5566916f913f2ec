-- Surveillance: what was done about the patients whom a protocol watches, and since which change the record says so.
-- Grain: one row for each current outcome by the day asked, in the order in which they were recorded.
-- Source: watched (worklist_watched.sql); outcome and its older rows, patient_fact for the site at which the patient
--   then was, audit_event for who wrote it.
-- Caveat: an amended note makes an outcome no later. elsewhere: another site has come to look after the patient since.
-- $1: the plan (worklist_watched.sql).
WITH said AS (
    SELECT patient_key, outcome_id, o.outcome AS said, min(change_seq) AS said_seq
    FROM outcome AS o
    GROUP BY patient_key, outcome_id, said
)
SELECT
    number,
    o.outcome,
    done_on,
    said_seq,
    former.row_key IS NOT NULL AND former.site IS DISTINCT FROM watched.site AS elsewhere,
    actor,
    recheck_on,
    o.reason
FROM outcome AS o
JOIN watched USING (patient_key)
JOIN audit_event ON seq = o.change_seq
JOIN said USING (patient_key, outcome_id)
LEFT JOIN patient_fact AS former ON former.patient_key = o.patient_key
    AND former.change_seq <= said_seq
    AND (former.superseded_by IS NULL OR former.superseded_by > said_seq)
WHERE o.superseded_by IS NULL AND done_on <= ($1).as_of AND said = o.outcome
ORDER BY number, o.row_key
