-- Entry: why a column of a fact is empty, and what somebody has begun to fill in.
--
-- The reasons are facts like those of the record: versioned, amended and withdrawn. Drafts are not part of the
-- record: nobody but their author reads them, they leave no trace in the audit trail, and they expire.

CREATE TABLE missing_value (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    patient_key   INTEGER NOT NULL REFERENCES patient (patient_key),
    table_name    TEXT NOT NULL,
    fact_id       TEXT NOT NULL,
    column_name   TEXT NOT NULL,
    reason        TEXT NOT NULL CHECK (reason IN ('not_done', 'unknown', 'not_applicable'))
);

COMMENT ON TABLE missing_value IS 'Why a column of a fact is empty. An observation without a value says so itself, in missing_reason.';
COMMENT ON COLUMN missing_value.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN missing_value.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN missing_value.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN missing_value.superseded_by IS 'The audit event that replaced or withdrew it, or that recorded the value; empty while it is current. Set once.';
COMMENT ON COLUMN missing_value.patient_key IS 'The patient.';
COMMENT ON COLUMN missing_value.table_name IS 'Table of the fact, as the bundle names it.';
COMMENT ON COLUMN missing_value.fact_id IS 'What names the fact within its patient and table: its columns of identity without the patient, joined by /.';
COMMENT ON COLUMN missing_value.column_name IS 'The column that is empty.';
COMMENT ON COLUMN missing_value.reason IS 'not_done, unknown or not_applicable.';

CREATE TABLE draft (
    account    TEXT NOT NULL,
    form       TEXT NOT NULL,
    subject    TEXT NOT NULL,
    written_at TIMESTAMP NOT NULL,
    content    TEXT NOT NULL,
    PRIMARY KEY (account, form, subject)
);

COMMENT ON TABLE draft IS 'What somebody has typed into a form and not saved yet. Not part of the record.';
COMMENT ON COLUMN draft.account IS 'Whose draft it is; nobody else reads it.';
COMMENT ON COLUMN draft.form IS 'The form.';
COMMENT ON COLUMN draft.subject IS 'What the form was opened for: a patient, an episode, a fact; empty for something new.';
COMMENT ON COLUMN draft.written_at IS 'When it was last kept, UTC.';
COMMENT ON COLUMN draft.content IS 'The texts of its fields, as JSON.';
