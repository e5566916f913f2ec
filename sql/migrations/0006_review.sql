-- Human review: cases, what their readers saw and said, decisions, and questions about values.
--
-- Rows are added and never changed, but for claims, which hold what is not committed yet. Where a case stands is its
-- last step. Nothing points at a case by a foreign key, and nothing here is part of the record.

CREATE TABLE review_secret (
    seed TEXT NOT NULL
);

COMMENT ON TABLE review_secret IS 'What draws, orders and pseudonyms of review are made from; one row, never shown';
COMMENT ON COLUMN review_secret.seed IS 'Random text of this registry';

CREATE TABLE review_case (
    case_key            INTEGER NOT NULL,
    case_id             TEXT NOT NULL,
    course_key          INTEGER NOT NULL,
    patient_key         INTEGER NOT NULL,
    criteria_id         TEXT NOT NULL,
    criteria_hash       TEXT NOT NULL,
    engine_version      TEXT NOT NULL,
    opened_at           TIMESTAMP NOT NULL,
    data_cut_on         DATE NOT NULL,
    reasons             TEXT NOT NULL,
    accepted            BOOLEAN NOT NULL,
    drawn               BOOLEAN NOT NULL,
    shift_days          INTEGER NOT NULL,
    agents_masked       BOOLEAN NOT NULL,
    fingerprint         TEXT NOT NULL,
    follows             TEXT,
    started_on          DATE NOT NULL,
    machine_response    TEXT NOT NULL CHECK (machine_response IN ('CR', 'R', 'PR', 'NR', 'NE')),
    machine_reason      TEXT,
    machine_onset_on    DATE,
    machine_cr_onset_on DATE,
    machine_lost_cr_on  DATE,
    machine_relapsed_on DATE,
    series_fingerprint  TEXT NOT NULL,
    evidence            TEXT NOT NULL,
    sparse              BOOLEAN,
    change_seq          BIGINT NOT NULL,
    PRIMARY KEY (case_key),
    UNIQUE (case_id)
);

COMMENT ON TABLE review_case IS 'One course under one criteria set, as it was put before readers; never changed';
COMMENT ON COLUMN review_case.case_key IS 'Key inside this file';
COMMENT ON COLUMN review_case.case_id IS 'Name of the case; says nothing about it';
COMMENT ON COLUMN review_case.course_key IS 'The course';
COMMENT ON COLUMN review_case.patient_key IS 'Its patient';
COMMENT ON COLUMN review_case.criteria_id IS 'The criteria set';
COMMENT ON COLUMN review_case.criteria_hash IS 'Digest of its rules then';
COMMENT ON COLUMN review_case.engine_version IS 'The engine that had judged';
COMMENT ON COLUMN review_case.opened_at IS 'When, UTC';
COMMENT ON COLUMN review_case.data_cut_on IS 'The last day that the packet shows';
COMMENT ON COLUMN review_case.reasons IS 'Why it was opened, joined by ;; never shown to a reader';
COMMENT ON COLUMN review_case.accepted IS 'True if the machine would have accepted the call by itself';
COMMENT ON COLUMN review_case.drawn IS 'True if it was drawn at random from accepted calls';
COMMENT ON COLUMN review_case.shift_days IS 'By how many days the dates of the packet lie before the true ones';
COMMENT ON COLUMN review_case.agents_masked IS 'True if the names of the agents are hidden';
COMMENT ON COLUMN review_case.fingerprint IS 'SHA-256 of the packet';
COMMENT ON COLUMN review_case.follows IS 'The case that this one re-opens';
COMMENT ON COLUMN review_case.started_on IS 'Start of the course then';
COMMENT ON COLUMN review_case.machine_response IS 'The call then';
COMMENT ON COLUMN review_case.machine_reason IS 'Its reason';
COMMENT ON COLUMN review_case.machine_onset_on IS 'Its onset';
COMMENT ON COLUMN review_case.machine_cr_onset_on IS 'Its onset of complete response';
COMMENT ON COLUMN review_case.machine_lost_cr_on IS 'Its loss of complete response';
COMMENT ON COLUMN review_case.machine_relapsed_on IS 'Its relapse';
COMMENT ON COLUMN review_case.series_fingerprint IS 'Digest of what the engine had read';
COMMENT ON COLUMN review_case.evidence IS 'What the call cited, as JSON';
COMMENT ON COLUMN review_case.sparse IS 'True if the counts of the course were sparse; empty with fewer than two';
COMMENT ON COLUMN review_case.change_seq IS 'The audit event that opened it';

CREATE TABLE review_packet (
    case_key INTEGER NOT NULL,
    content  TEXT NOT NULL,
    PRIMARY KEY (case_key)
);

COMMENT ON TABLE review_packet IS 'What readers of a case are shown, frozen';
COMMENT ON COLUMN review_packet.case_key IS 'The case';
COMMENT ON COLUMN review_packet.content IS 'The packet as canonical JSON';

CREATE TABLE review_step (
    case_key   INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('proposed', 'one_read', 'two_read', 'agreed', 'disputed', 'resolved', 'stale')),
    act        TEXT NOT NULL,
    reached_at TIMESTAMP NOT NULL,
    change_seq BIGINT NOT NULL,
    PRIMARY KEY (case_key, position)
);

COMMENT ON TABLE review_step IS 'How a case went from state to state';
COMMENT ON COLUMN review_step.case_key IS 'The case';
COMMENT ON COLUMN review_step.position IS '1, 2, 3 …; the last one is where it stands';
COMMENT ON COLUMN review_step.state IS 'The state that was reached';
COMMENT ON COLUMN review_step.act IS 'What led there';
COMMENT ON COLUMN review_step.reached_at IS 'When, UTC';
COMMENT ON COLUMN review_step.change_seq IS 'The audit event';

CREATE TABLE review_claim (
    case_key   INTEGER NOT NULL,
    reader     TEXT NOT NULL,
    claimed_at TIMESTAMP NOT NULL,
    saved_at   TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    seconds    INTEGER NOT NULL,
    draft      TEXT
);

COMMENT ON TABLE review_claim IS 'Who holds a case, and what they have saved so far';
COMMENT ON COLUMN review_claim.case_key IS 'The case';
COMMENT ON COLUMN review_claim.reader IS 'Who';
COMMENT ON COLUMN review_claim.claimed_at IS 'When, UTC';
COMMENT ON COLUMN review_claim.saved_at IS 'Claimed or last saved, UTC';
COMMENT ON COLUMN review_claim.expires_at IS 'When it returns to the queue, UTC';
COMMENT ON COLUMN review_claim.seconds IS 'Time spent on it so far';
COMMENT ON COLUMN review_claim.draft IS 'What is not committed yet, as JSON';

CREATE TABLE review_read (
    case_key     INTEGER NOT NULL,
    part         TEXT NOT NULL CHECK (part IN ('blind', 'third', 'committee')),
    round        INTEGER NOT NULL,
    reader       TEXT NOT NULL,
    level        TEXT NOT NULL CHECK (level IN ('CR', 'R', 'PR', 'NR', 'NE')),
    onset_on     DATE,
    lost_cr_on   DATE,
    relapsed_on  DATE,
    confidence   TEXT NOT NULL CHECK (confidence IN ('high', 'moderate', 'low')),
    reason       TEXT,
    note         TEXT,
    seconds      INTEGER NOT NULL,
    committed_at TIMESTAMP NOT NULL,
    meaning      TEXT NOT NULL,
    seen         TEXT NOT NULL,
    packet       TEXT NOT NULL,
    method       TEXT NOT NULL,
    change_seq   BIGINT NOT NULL,
    UNIQUE (case_key, part, round, reader)
);

COMMENT ON TABLE review_read IS 'A committed and signed judgement of one person; never changed';
COMMENT ON COLUMN review_read.case_key IS 'The case';
COMMENT ON COLUMN review_read.part IS 'In which part it was given';
COMMENT ON COLUMN review_read.round IS '1; in a committee the round of votes';
COMMENT ON COLUMN review_read.reader IS 'Who';
COMMENT ON COLUMN review_read.level IS 'Best response';
COMMENT ON COLUMN review_read.onset_on IS 'Onset of the response';
COMMENT ON COLUMN review_read.lost_cr_on IS 'Loss of complete response';
COMMENT ON COLUMN review_read.relapsed_on IS 'Relapse';
COMMENT ON COLUMN review_read.confidence IS 'How sure the reader is';
COMMENT ON COLUMN review_read.reason IS 'Why';
COMMENT ON COLUMN review_read.note IS 'What else there is to say';
COMMENT ON COLUMN review_read.seconds IS 'Time spent on the case';
COMMENT ON COLUMN review_read.committed_at IS 'When it was signed, UTC';
COMMENT ON COLUMN review_read.meaning IS 'What the signature means';
COMMENT ON COLUMN review_read.seen IS 'SHA-256 of exactly what was shown and what was said, as canonical JSON';
COMMENT ON COLUMN review_read.packet IS 'SHA-256 of the packet that was shown';
COMMENT ON COLUMN review_read.method IS 'How the person proved to be who they are';
COMMENT ON COLUMN review_read.change_seq IS 'The audit event';

CREATE TABLE review_seat (
    case_key    INTEGER NOT NULL,
    round       INTEGER NOT NULL,
    member      TEXT NOT NULL,
    convened_by TEXT NOT NULL,
    convened_at TIMESTAMP NOT NULL,
    quorum      INTEGER NOT NULL,
    change_seq  BIGINT NOT NULL,
    UNIQUE (case_key, round, member)
);

COMMENT ON TABLE review_seat IS 'A seat in the committee of a case, in one round of votes';
COMMENT ON COLUMN review_seat.case_key IS 'The case';
COMMENT ON COLUMN review_seat.round IS '1, 2, 3 …; without a majority all vote again';
COMMENT ON COLUMN review_seat.member IS 'Who sits';
COMMENT ON COLUMN review_seat.convened_by IS 'Who convened the committee';
COMMENT ON COLUMN review_seat.convened_at IS 'When, UTC';
COMMENT ON COLUMN review_seat.quorum IS 'How many votes must be given before they are counted';
COMMENT ON COLUMN review_seat.change_seq IS 'The audit event';

CREATE TABLE review_decision (
    case_key    INTEGER NOT NULL,
    level       TEXT NOT NULL CHECK (level IN ('CR', 'R', 'PR', 'NR', 'NE')),
    onset_on    DATE,
    lost_cr_on  DATE,
    relapsed_on DATE,
    reached_by  TEXT NOT NULL CHECK (reached_by IN ('agreement', 'third_reader', 'committee')),
    decided_at  TIMESTAMP NOT NULL,
    change_seq  BIGINT NOT NULL,
    PRIMARY KEY (case_key)
);

COMMENT ON TABLE review_decision IS 'What people decided about a case; never changed';
COMMENT ON COLUMN review_decision.case_key IS 'The case';
COMMENT ON COLUMN review_decision.level IS 'Best response';
COMMENT ON COLUMN review_decision.onset_on IS 'Onset of the response';
COMMENT ON COLUMN review_decision.lost_cr_on IS 'Loss of complete response';
COMMENT ON COLUMN review_decision.relapsed_on IS 'Relapse';
COMMENT ON COLUMN review_decision.reached_by IS 'How';
COMMENT ON COLUMN review_decision.decided_at IS 'When, UTC';
COMMENT ON COLUMN review_decision.change_seq IS 'The audit event';

CREATE TABLE review_challenge (
    course_key  INTEGER NOT NULL,
    criteria_id TEXT NOT NULL,
    raised_by   TEXT NOT NULL,
    raised_at   TIMESTAMP NOT NULL,
    reason      TEXT NOT NULL,
    change_seq  BIGINT NOT NULL
);

COMMENT ON TABLE review_challenge IS 'A call that a nurse or clinician doubts';
COMMENT ON COLUMN review_challenge.course_key IS 'The course';
COMMENT ON COLUMN review_challenge.criteria_id IS 'The criteria set';
COMMENT ON COLUMN review_challenge.raised_by IS 'Who';
COMMENT ON COLUMN review_challenge.raised_at IS 'When, UTC';
COMMENT ON COLUMN review_challenge.reason IS 'Why';
COMMENT ON COLUMN review_challenge.change_seq IS 'The audit event';

CREATE TABLE value_query (
    query_id    TEXT NOT NULL,
    table_name  TEXT NOT NULL,
    identity    TEXT NOT NULL,
    row_key     BIGINT NOT NULL,
    row_version SMALLINT NOT NULL,
    column_name TEXT NOT NULL,
    patient_key INTEGER NOT NULL,
    raised_in   TEXT,
    change_seq  BIGINT NOT NULL,
    PRIMARY KEY (query_id)
);

COMMENT ON TABLE value_query IS 'A question about one recorded value';
COMMENT ON COLUMN value_query.query_id IS 'Name of the query';
COMMENT ON COLUMN value_query.table_name IS 'The table in the words of the bundle';
COMMENT ON COLUMN value_query.identity IS 'What names the row in the words of the bundle, as JSON';
COMMENT ON COLUMN value_query.row_key IS 'The row that was asked about';
COMMENT ON COLUMN value_query.row_version IS 'Its version';
COMMENT ON COLUMN value_query.column_name IS 'The column';
COMMENT ON COLUMN value_query.patient_key IS 'The patient';
COMMENT ON COLUMN value_query.raised_in IS 'The case in which it came up; never shown';
COMMENT ON COLUMN value_query.change_seq IS 'The audit event';

CREATE TABLE value_query_step (
    query_id   TEXT NOT NULL,
    position   INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('open', 'answered', 'closed')),
    said_by    TEXT NOT NULL,
    said_at    TIMESTAMP NOT NULL,
    said       TEXT NOT NULL,
    change_seq BIGINT NOT NULL,
    PRIMARY KEY (query_id, position)
);

COMMENT ON TABLE value_query_step IS 'What was said about a query';
COMMENT ON COLUMN value_query_step.query_id IS 'The query';
COMMENT ON COLUMN value_query_step.position IS '1, 2, 3 …; the last one is where it stands';
COMMENT ON COLUMN value_query_step.state IS 'The state that was reached';
COMMENT ON COLUMN value_query_step.said_by IS 'Who';
COMMENT ON COLUMN value_query_step.said_at IS 'When, UTC';
COMMENT ON COLUMN value_query_step.said IS 'The question, the answer, or why it is closed';
COMMENT ON COLUMN value_query_step.change_seq IS 'The audit event';
