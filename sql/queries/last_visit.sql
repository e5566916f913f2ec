-- The last that the audit trail knows of a person before the present sign-in.
-- Grain: one row, or none on the first visit.
-- Source: audit_event.
-- Caveat: reading leaves no trace; the visit ended at its last change, download, sign-out or, failing all, its sign-in.
-- $1: the account. $2: the action of a sign-in.
SELECT seq, recorded_at
FROM audit_event
WHERE actor = $1
    AND seq < (SELECT max(seq) FROM audit_event WHERE actor = $1 AND action = $2)
ORDER BY seq DESC
LIMIT 1
