-- The last changes of facts, with the patients whom they concerned.
-- Grain: one row for each change, newest first: its number, time (UTC), actor, action, subject, digest of the rows
-- written, the number of patients whom the reader may read, and the first pseudonyms of these.
-- Source: audit_event, touched, patient_view.
-- Caveat: a change that concerned no patient whom the reader may read is left out. Only the last `among` changes of facts
--   are looked at, so that a long trail costs no more than a short one.
-- $1: the sites whose patients may be read (NULL: all), the actions, among how many changes to look, how many patients to
--   name, how many changes to give.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], actions TEXT[], among BIGINT, named BIGINT, take BIGINT))
),

late AS MATERIALIZED (
    SELECT e.seq, e.recorded_at, e.actor, e.action, e.subject, e.rows_digest
    FROM audit_event AS e
    WHERE list_contains(($1).actions::TEXT[], e.action)
    ORDER BY e.seq DESC
    LIMIT (SELECT among FROM plan)
),

concerned AS (
    SELECT
        t.change_seq, count(*) AS patients,
        min(p.patient_id, ($1).named) AS named
    FROM touched AS t
    JOIN patient_view AS p USING (patient_key)
    WHERE t.change_seq >= (SELECT min(l.seq) FROM late AS l)
        AND (($1).sites IS NULL OR list_contains(($1).sites::TEXT[], p.site))
    GROUP BY t.change_seq
)

SELECT l.seq, l.recorded_at, l.actor, l.action, l.subject, l.rows_digest, c.patients, c.named
FROM late AS l
JOIN concerned AS c ON c.change_seq = l.seq
ORDER BY l.seq DESC
LIMIT (SELECT take FROM plan)
