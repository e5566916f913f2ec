-- Erasure: who asked that a patient is erased, until another administrator confirms it or it is taken back.
--
-- The row goes with the patient. What remains of an erasure is its audit event, which names the erased rows by digest.

CREATE TABLE erasure_request (
    patient_key INTEGER NOT NULL,
    asked_by    TEXT NOT NULL,
    asked_at    TIMESTAMP NOT NULL,
    reason      TEXT NOT NULL,
    change_seq  BIGINT NOT NULL,
    PRIMARY KEY (patient_key)
);

COMMENT ON TABLE erasure_request IS 'A wish to erase a patient that waits for a second administrator.';
COMMENT ON COLUMN erasure_request.patient_key IS 'Whom.';
COMMENT ON COLUMN erasure_request.asked_by IS 'The administrator who asked.';
COMMENT ON COLUMN erasure_request.asked_at IS 'When, UTC.';
COMMENT ON COLUMN erasure_request.reason IS 'Why.';
COMMENT ON COLUMN erasure_request.change_seq IS 'The audit event.';
