-- Consent: what a patient said to the use of the record beyond care. A fact like those of the record; the judge reads
-- none. Without one nobody has refused.

CREATE TABLE consent (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    patient_key   INTEGER NOT NULL REFERENCES patient (patient_key),
    consent_id    TEXT NOT NULL,
    decided_on    DATE NOT NULL,
    consent       TEXT NOT NULL CHECK (consent IN ('given', 'refused', 'withdrawn')),
    note          TEXT
);

COMMENT ON TABLE consent IS 'What a patient decided about the use of the record in figures, exports and packets.';
COMMENT ON COLUMN consent.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN consent.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN consent.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN consent.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN consent.patient_key IS 'The patient.';
COMMENT ON COLUMN consent.consent_id IS 'Identifier, unique within the patient.';
COMMENT ON COLUMN consent.decided_on IS 'Day of the decision; the newest counts, of one day the one recorded last.';
COMMENT ON COLUMN consent.consent IS 'Given, refused, or withdrawn after it was given.';
COMMENT ON COLUMN consent.note IS 'Free text.';
