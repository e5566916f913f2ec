-- Surveillance programmes that a site has adopted: its own file, as text, beside the published ones.
--
-- Rows are added when a file is adopted, and their end is set once, when it is replaced or dropped; none is deleted.

CREATE TABLE programme (
    adoption_key INTEGER NOT NULL,
    programme_id TEXT NOT NULL,
    site         TEXT,
    content      TEXT NOT NULL,
    hash         TEXT NOT NULL,
    adopted_seq  BIGINT NOT NULL,
    ended_seq    BIGINT CHECK (ended_seq > adopted_seq),
    PRIMARY KEY (adoption_key)
);

COMMENT ON TABLE programme IS 'Surveillance programmes that were adopted, for a site or for all.';
COMMENT ON COLUMN programme.adoption_key IS '1, 2, 3 … in the order of adoption.';
COMMENT ON COLUMN programme.programme_id IS 'Id of the programme, as its file says.';
COMMENT ON COLUMN programme.site IS 'Where it is in force; empty: at all sites.';
COMMENT ON COLUMN programme.content IS 'The file, unchanged.';
COMMENT ON COLUMN programme.hash IS 'SHA-256 of the file, in hexadecimal.';
COMMENT ON COLUMN programme.adopted_seq IS 'The audit event that adopted it: who, when and why.';
COMMENT ON COLUMN programme.ended_seq IS 'The audit event that replaced or dropped it; empty while it is in force. Set once.';
