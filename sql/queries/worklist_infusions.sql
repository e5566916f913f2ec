-- Surveillance: the infusions that a protocol covers, of the patients whom it watches.
-- Grain: one row for each current infusion begun by the day asked.
-- Source: watched (worklist_watched.sql); current rows of exposure.
-- Caveat: without a last day the first one is taken.
-- $1: the plan (worklist_watched.sql), with agent and settings.
SELECT number, started_on, coalesce(ended_on, started_on) AS last_on
FROM exposure
JOIN watched USING (patient_key)
WHERE superseded_by IS NULL
    AND started_on <= ($1).as_of
    AND agent = ($1).agent
    AND list_contains(($1).settings, setting)
ORDER BY number, started_on
