-- The calls just made that differ from what is stored.
-- Grain: one row for each new or changed call, with the columns of call.
-- Source: judged (staged), call.
-- Caveat: a call whose evidence cites other rows differs although its series is the same.
SELECT j.*
FROM judged AS j
LEFT JOIN call AS c ON c.course_key = j.course_key AND c.criteria_id = j.criteria_id
WHERE c.course_key IS NULL
    OR c.series_fingerprint <> j.series_fingerprint
    OR c.criteria_hash <> j.criteria_hash
    OR c.engine_version <> j.engine_version
    OR c.phase IS DISTINCT FROM j.phase
    OR c.evidence IS DISTINCT FROM j.evidence
