-- Surveillance: what was done about the patients, and since which change the record says so.
-- Grain: one row for each current outcome by the day asked.
-- Source: infused; outcome and its older rows, patient_fact for the site at which the patient then was, audit_event for
--   who wrote it.
-- Caveat: an amended note makes an outcome no later. elsewhere: it was said of a hospital that looks after the patient
--   no more.
-- $1: the plan (worklist.sql).
WITH said AS (
    SELECT patient_key, outcome_id, o.outcome AS said, min(change_seq) AS said_seq
    FROM outcome AS o
    GROUP BY patient_key, outcome_id, said
)
SELECT
    patient_key,
    o.row_key,
    o.outcome,
    done_on,
    actor,
    recheck_on,
    o.reason,
    said_seq,
    list_contains(($1).of_a_site, o.outcome)
    AND former.row_key IS NOT NULL
    AND former.site IS DISTINCT FROM infused.site AS elsewhere
FROM outcome AS o
JOIN infused USING (patient_key)
JOIN audit_event ON seq = o.change_seq
JOIN said USING (patient_key, outcome_id)
LEFT JOIN patient_fact AS former ON former.patient_key = o.patient_key
    AND former.change_seq <= said_seq
    AND (former.superseded_by IS NULL OR former.superseded_by > said_seq)
WHERE o.superseded_by IS NULL AND infused.place = ($1).place AND done_on <= ($1).as_of AND said = o.outcome
