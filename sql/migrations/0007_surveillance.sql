-- Surveillance: what was done about a finding, signs that were reported between counts, and what a person said to a
-- proposed episode. Facts like those of the record: versioned, amended and withdrawn with a reason. The judge reads
-- none of them.

CREATE TABLE outcome (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    patient_key   INTEGER NOT NULL REFERENCES patient (patient_key),
    outcome_id    TEXT NOT NULL,
    done_on       DATE NOT NULL,
    outcome       TEXT NOT NULL CHECK (outcome IN ('contacted', 'no_answer', 'recheck_arranged', 'referred', 'sent_to_emergency', 'declined', 'moved', 'died', 'transferred')),
    recheck_on    DATE,
    reason        TEXT,
    note          TEXT
);

COMMENT ON TABLE outcome IS 'What was done about a finding of surveillance.';
COMMENT ON COLUMN outcome.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN outcome.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN outcome.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN outcome.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN outcome.patient_key IS 'The patient.';
COMMENT ON COLUMN outcome.outcome_id IS 'Identifier, unique within the patient.';
COMMENT ON COLUMN outcome.done_on IS 'Day on which it was done.';
COMMENT ON COLUMN outcome.outcome IS 'What was done, or what was learned.';
COMMENT ON COLUMN outcome.recheck_on IS 'Day for which a recheck was arranged.';
COMMENT ON COLUMN outcome.reason IS 'Why; compulsory where the outcome takes the patient off the list.';
COMMENT ON COLUMN outcome.note IS 'Free text.';

CREATE TABLE sign (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    patient_key   INTEGER NOT NULL REFERENCES patient (patient_key),
    sign_id       TEXT NOT NULL,
    noticed_on    DATE NOT NULL,
    ended_on      DATE,
    sign          TEXT NOT NULL CHECK (sign IN ('petechiae', 'easy_bruising', 'cut_bleeding', 'heavy_periods', 'bleeding_between_periods', 'gum_or_nose_bleeding', 'coughing_blood')),
    note          TEXT,
    CHECK (ended_on >= noticed_on)
);

COMMENT ON TABLE sign IS 'A sign of bleeding that was reported between counts.';
COMMENT ON COLUMN sign.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN sign.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN sign.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN sign.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN sign.patient_key IS 'The patient.';
COMMENT ON COLUMN sign.sign_id IS 'Identifier, unique within the patient.';
COMMENT ON COLUMN sign.noticed_on IS 'First day on which it was noticed.';
COMMENT ON COLUMN sign.ended_on IS 'Last day.';
COMMENT ON COLUMN sign.sign IS 'Which of the seven signs of the programme.';
COMMENT ON COLUMN sign.note IS 'Free text.';

CREATE TABLE proposal_answer (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    patient_key   INTEGER NOT NULL REFERENCES patient (patient_key),
    first_observation_id TEXT NOT NULL,
    confirming_observation_id TEXT NOT NULL,
    answered_on   DATE NOT NULL,
    answer        TEXT NOT NULL CHECK (answer IN ('accepted', 'rejected')),
    opened_episode_id TEXT,
    reason        TEXT,
    CHECK (answer = 'accepted' OR (reason IS NOT NULL AND opened_episode_id IS NULL)),
    CHECK (answer = 'rejected' OR opened_episode_id IS NOT NULL)
);

COMMENT ON TABLE proposal_answer IS 'What a person said to an episode that counts had proposed.';
COMMENT ON COLUMN proposal_answer.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN proposal_answer.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN proposal_answer.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN proposal_answer.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN proposal_answer.patient_key IS 'The patient.';
COMMENT ON COLUMN proposal_answer.first_observation_id IS 'The low count that the proposal began with.';
COMMENT ON COLUMN proposal_answer.confirming_observation_id IS 'The low count that confirmed it.';
COMMENT ON COLUMN proposal_answer.answered_on IS 'Day of the answer.';
COMMENT ON COLUMN proposal_answer.answer IS 'Whether an episode was opened.';
COMMENT ON COLUMN proposal_answer.opened_episode_id IS 'The episode that was opened.';
COMMENT ON COLUMN proposal_answer.reason IS 'Why; compulsory for a rejection.';
