-- Calls: what the judge says of each course under each criteria set, with the evidence that decided it.
--
-- Calls are derived: they can be made again from the record and the criteria at any time, so they are replaced
-- when their series changes and carry no versions. Days are dates, values exact integers x 10^6 in the canonical
-- unit of the criteria's analyte. Words are those of adjudication/terms.py.

CREATE TABLE call (
    course_key                INTEGER NOT NULL,
    patient_key               INTEGER NOT NULL,
    criteria_id               TEXT NOT NULL,
    criteria_hash             TEXT NOT NULL,
    engine_version            TEXT NOT NULL,
    series_fingerprint        UBIGINT NOT NULL,
    best_response             TEXT NOT NULL CHECK (best_response IN ('CR', 'R', 'PR', 'NR', 'NE')),
    reason                    TEXT,
    baseline_e6               BIGINT,
    onset_on                  DATE,
    cr_onset_on               DATE,
    relapsed_on               DATE,
    lost_cr_on                DATE,
    duration_of_response_days INTEGER,
    duration_status           TEXT NOT NULL CHECK (duration_status IN ('event', 'censored', 'death', 'none')),
    censored_by               TEXT,
    flags                     TEXT,
    defaults_applied          TEXT,
    er_7d                     BOOLEAN,
    ir_1m                     BOOLEAN,
    dr_6m                     BOOLEAN,
    rem_12m                   BOOLEAN,
    in_response_days          INTEGER NOT NULL,
    observed_days             INTEGER NOT NULL,
    phase                     TEXT CHECK (phase IN ('newly_diagnosed', 'persistent', 'chronic')),
    off_treatment_from        DATE,
    srot30                    BOOLEAN,
    srot50                    BOOLEAN,
    days_off                  INTEGER,
    pivot_row_key             BIGINT,
    pivot_value_e6            BIGINT,
    pivot_best_response       TEXT,
    judged_seq                BIGINT NOT NULL,
    evidence                  STRUCT(
        step UTINYINT, source UTINYINT, row_key BIGINT, observed_on DATE, predicate UTINYINT,
        threshold_e6 BIGINT, value_e6 BIGINT, held BOOLEAN
    )[] NOT NULL
);

COMMENT ON TABLE call IS 'One call a course and criteria set; the latest only';
COMMENT ON COLUMN call.course_key IS 'The course that was judged';
COMMENT ON COLUMN call.patient_key IS 'Its patient, so that one patient is read without a join';
COMMENT ON COLUMN call.criteria_id IS 'The criteria set';
COMMENT ON COLUMN call.criteria_hash IS 'Digest of the rules of the criteria set as they were';
COMMENT ON COLUMN call.engine_version IS 'Version of the engine that judged';
COMMENT ON COLUMN call.series_fingerprint IS 'Digest of everything the engine read for this course';
COMMENT ON COLUMN call.best_response IS 'CR, R, PR, NR or NE (not evaluable)';
COMMENT ON COLUMN call.reason IS 'Why NR or NE; empty for a response';
COMMENT ON COLUMN call.baseline_e6 IS 'The count the course started from, canonical unit x 10^6';
COMMENT ON COLUMN call.onset_on IS 'First day of the confirmed response';
COMMENT ON COLUMN call.cr_onset_on IS 'First day of the confirmed complete response';
COMMENT ON COLUMN call.relapsed_on IS 'First day of the lost response; loss of response or better';
COMMENT ON COLUMN call.lost_cr_on IS 'First day below complete response, confirmed';
COMMENT ON COLUMN call.duration_of_response_days IS 'Days from onset to relapse, death or the last count in response';
COMMENT ON COLUMN call.duration_status IS 'event, censored, death or none';
COMMENT ON COLUMN call.censored_by IS 'What ended a duration that did not end in relapse';
COMMENT ON COLUMN call.flags IS 'Flags joined by ; in alphabetical order';
COMMENT ON COLUMN call.defaults_applied IS 'Ids of the readings that decided, joined by ;';
COMMENT ON COLUMN call.er_7d IS 'Early response at 7 days (ASH 2019); empty = not known';
COMMENT ON COLUMN call.ir_1m IS 'Initial response at 1 month (ASH 2019); empty = not known';
COMMENT ON COLUMN call.dr_6m IS 'Durable response at 6 months (ASH 2019); empty = not known';
COMMENT ON COLUMN call.rem_12m IS 'Remission at 12 months (ASH 2019); empty = not known';
COMMENT ON COLUMN call.in_response_days IS 'Cumulative days in response (IWG 2009, second definition)';
COMMENT ON COLUMN call.observed_days IS 'Days from the start to the last evaluable assessment';
COMMENT ON COLUMN call.phase IS 'Phase of ITP at the start of the course (IWG 2009)';
COMMENT ON COLUMN call.off_treatment_from IS 'Last dose, where remission off treatment is asked for';
COMMENT ON COLUMN call.srot30 IS 'Remission off treatment at the lower count; empty = not yet known';
COMMENT ON COLUMN call.srot50 IS 'Remission off treatment at the higher count; empty = not yet known';
COMMENT ON COLUMN call.days_off IS 'Days from the last dose to the last count of the window';
COMMENT ON COLUMN call.pivot_row_key IS 'The observation whose other value would have changed the level; empty = no single one';
COMMENT ON COLUMN call.pivot_value_e6 IS 'That other value, canonical unit x 10^6';
COMMENT ON COLUMN call.pivot_best_response IS 'The level it would have given';
COMMENT ON COLUMN call.judged_seq IS 'The last change of the record that was known when this was judged';
COMMENT ON COLUMN call.evidence IS 'The rows that decided, in order; codes as in evidence_word, values x 10^6';

CREATE TABLE judging (
    criteria_id    TEXT PRIMARY KEY,
    criteria_hash  TEXT NOT NULL,
    engine_version TEXT NOT NULL,
    until_seq      BIGINT NOT NULL
);

COMMENT ON TABLE judging IS 'How far each criteria set has judged the whole registry';
COMMENT ON COLUMN judging.criteria_id IS 'The criteria set';
COMMENT ON COLUMN judging.criteria_hash IS 'Digest of its rules then';
COMMENT ON COLUMN judging.engine_version IS 'Version of the engine then';
COMMENT ON COLUMN judging.until_seq IS 'Every change up to this one has been judged';

CREATE TABLE evidence_word (
    kind TEXT NOT NULL CHECK (kind IN ('step', 'source', 'predicate')),
    code UTINYINT NOT NULL,
    word TEXT NOT NULL,
    PRIMARY KEY (kind, code)
);

COMMENT ON TABLE evidence_word IS 'The words of the codes in call.evidence';
COMMENT ON COLUMN evidence_word.kind IS 'step, source or predicate';
COMMENT ON COLUMN evidence_word.code IS 'The code';
COMMENT ON COLUMN evidence_word.word IS 'The word';

INSERT INTO evidence_word VALUES
    ('step', 0, 'baseline'), ('step', 1, 'onset'), ('step', 2, 'confirming'),
    ('step', 3, 'late_onset'), ('step', 4, 'late_confirming'),
    ('step', 5, 'cr_onset'), ('step', 6, 'cr_confirming'),
    ('step', 7, 'hemolysis'), ('step', 8, 'refutes_better'),
    ('step', 9, 'failing'), ('step', 10, 'failing_confirming'),
    ('step', 11, 'peak'), ('step', 12, 'lost'), ('step', 13, 'lost_confirming'),
    ('step', 14, 'cr_lost'), ('step', 15, 'cr_lost_confirming'), ('step', 16, 'censoring'),
    ('source', 0, 'observation'), ('source', 1, 'bleed'), ('source', 2, 'transfusion'), ('source', 3, 'rescue'),
    ('predicate', 0, 'baseline'), ('predicate', 1, 'at_least'), ('predicate', 2, 'above'),
    ('predicate', 3, 'fold_of_baseline'), ('predicate', 4, 'rise_above'), ('predicate', 5, 'fall_from_peak'),
    ('predicate', 6, 'no_bleeding'), ('predicate', 7, 'transfusion_free'), ('predicate', 8, 'no_hemolysis'),
    ('predicate', 9, 'rescue');
