-- Accounts whose person cannot sign in with a password now.
-- Grain: one row for each account and cause, by name.
-- Source: account, credential.
-- Caveat: who has no row in credential signs in elsewhere; disabled accounts are meant not to be used.
-- $1: now, UTC.
SELECT a.name, CASE WHEN c.locked_until > $1 THEN 'locked' ELSE 'no password' END AS kind
FROM credential AS c
JOIN account AS a USING (name)
WHERE NOT a.disabled AND (c.locked_until > $1 OR c.password_hash IS NULL)
ORDER BY a.name
