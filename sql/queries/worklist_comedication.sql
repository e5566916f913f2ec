-- Surveillance: the anticoagulant and antiplatelet drugs that the watched patients take on the day asked.
-- Grain: one row for each current comedication of these kinds that covers the day; by patient.
-- Source: watched (worklist_watched.sql); current rows of comedication.
-- Caveat: without a first day it is taken to have begun, without a last day to be taken still.
-- $1: the plan (worklist_watched.sql).
SELECT number, agent, kind
FROM comedication
JOIN watched USING (patient_key)
WHERE superseded_by IS NULL
    AND kind IN ('anticoagulant', 'antiplatelet')
    AND coalesce(started_on <= ($1).as_of, true)
    AND coalesce(ended_on >= ($1).as_of, true)
ORDER BY number, kind, agent
