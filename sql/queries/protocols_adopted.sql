-- Surveillance: the protocols that were ever adopted, with who adopted and who ended each.
-- Grain: one row for each adoption of a file at a site (NULL: at all), in the order of adoption.
-- Source: programme (the table's name), audit_event.
-- Caveat: what is in force has no end; what ended in the change that adopted another file was replaced by it;
--   the published protocols stand in files, not here.
SELECT
    p.programme_id AS protocol_id, p.site, p.content, p.hash,
    begun.recorded_at AS adopted_at, begun.actor AS adopted_by, begun.reason AS adopted_because,
    ended.recorded_at AS ended_at, ended.actor AS ended_by, ended.reason AS ended_because,
    p.ended_seq IS NOT NULL
        AND p.ended_seq IN (SELECT adopted_seq FROM programme) AS replaced
FROM programme AS p
JOIN audit_event AS begun ON begun.seq = p.adopted_seq
LEFT JOIN audit_event AS ended ON ended.seq = p.ended_seq
ORDER BY p.adoption_key
