-- Drugs that bear on the risk of bleeding: told beside the advice of surveillance, never scored. The judge reads none.

CREATE TABLE comedication (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    patient_key   INTEGER NOT NULL REFERENCES patient (patient_key),
    comedication_id TEXT NOT NULL,
    agent         TEXT NOT NULL,
    kind          TEXT NOT NULL CHECK (kind IN ('anticoagulant', 'antiplatelet', 'other')),
    started_on    DATE,
    ended_on      DATE,
    CHECK (ended_on >= started_on)
);

COMMENT ON TABLE comedication IS 'Another drug that the patient takes.';
COMMENT ON COLUMN comedication.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN comedication.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN comedication.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN comedication.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN comedication.patient_key IS 'The patient.';
COMMENT ON COLUMN comedication.comedication_id IS 'Identifier, unique within the patient.';
COMMENT ON COLUMN comedication.agent IS 'The drug, by its generic name.';
COMMENT ON COLUMN comedication.kind IS 'Whether it is an anticoagulant, an antiplatelet drug, or another.';
COMMENT ON COLUMN comedication.started_on IS 'First day; empty where it is not known.';
COMMENT ON COLUMN comedication.ended_on IS 'Last day; empty while it is taken, or where nobody has recorded its end.';
