-- Every version of one fact, with who wrote it, who replaced it, and why.
-- Grain: one row for each version, in order.
-- Source: one fact table and audit_event.
-- Caveat: a version without a successor whose replacing action is withdraw was withdrawn.
SELECT
    f.version,
    w.seq AS written_by_change,
    w.recorded_at AS written_at,
    w.actor AS written_by,
    w.action AS written_as,
    w.reason AS written_because,
    s.seq AS superseded_by_change,
    s.recorded_at AS superseded_at,
    s.actor AS superseded_by_actor,
    s.action AS superseded_as,
    s.reason AS superseded_because,
    f.* EXCLUDE (version)
FROM {table} AS f
JOIN audit_event AS w ON w.seq = f.change_seq
LEFT JOIN audit_event AS s ON s.seq = f.superseded_by
WHERE {identity}
ORDER BY f.version
