-- How each account stands: what it can sign in with, until when it is locked, and when it last signed in.
-- Grain: one row for each account.
-- Source: account, credential, audit_event.
-- Caveat: times are UTC; who signs in at a hospital's provider has no credential here; a lock that is over still shows.
SELECT
    a.name,
    c.password_hash IS NOT NULL AS has_password,
    c.code_expires_at,
    c.locked_until,
    (
        SELECT max(e.recorded_at)
        FROM audit_event AS e
        WHERE e.action = 'sign_in' AND e.subject = a.name
    ) AS last_sign_in_at
FROM account AS a
LEFT JOIN credential AS c ON c.name = a.name
ORDER BY a.name;
