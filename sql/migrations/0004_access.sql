-- How people prove who they are, where the registry itself asks them for a password.
--
-- An account without a row here signs in elsewhere (at the hospital's own provider), or not at all.

CREATE TABLE credential (
    name            TEXT PRIMARY KEY,
    password_hash   TEXT,
    set_at          TIMESTAMP,
    code_hash       TEXT,
    code_expires_at TIMESTAMP,
    failed_tries    INTEGER NOT NULL DEFAULT 0 CHECK (failed_tries >= 0),
    locked_until    TIMESTAMP,
    CHECK ((code_hash IS NULL) = (code_expires_at IS NULL)),
    CHECK ((password_hash IS NULL) = (set_at IS NULL))
);

COMMENT ON TABLE credential IS 'One row for each account that signs in with a password of this registry. Never exported, never shown.';
COMMENT ON COLUMN credential.name IS 'Name of the account.';
COMMENT ON COLUMN credential.password_hash IS 'Argon2id hash of the password; empty until the person has chosen one.';
COMMENT ON COLUMN credential.set_at IS 'When the person chose it, UTC.';
COMMENT ON COLUMN credential.code_hash IS 'SHA-256 of a one-time code of 79 random bits that lets the person choose a password; empty if there is none.';
COMMENT ON COLUMN credential.code_expires_at IS 'From when on the code is worth nothing, UTC.';
COMMENT ON COLUMN credential.failed_tries IS 'Wrong passwords since the last right one or the last lock.';
COMMENT ON COLUMN credential.locked_until IS 'Until when no password is accepted, UTC; empty if it was not locked.';
