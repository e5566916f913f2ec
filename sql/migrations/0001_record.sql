-- The record: what was reported, who changed it, and why.
--
-- Anchors (patient, episode, course, adverse_event) are immutable: rows are only added, so foreign keys can
-- point at them. Facts hang on anchors as versions: a row's values never change, only superseded_by is ever
-- set, once, by the change that replaced or withdrew it. The current row has superseded_by empty; a fact
-- without a current row was withdrawn.
--
-- Empty means not recorded, so every CHECK lets NULL pass. Numbers are exact: text as reported, or integers
-- x 10^6, never floating point, so there is no NaN.

CREATE TABLE registry (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

COMMENT ON TABLE registry IS 'What this registry is: registry_id, created_at, synthetic (yes or no), digests of the views.';
COMMENT ON COLUMN registry.key IS 'Name of the property.';
COMMENT ON COLUMN registry.value IS 'Its value.';

CREATE TABLE migration (
    number     INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    digest     TEXT NOT NULL,
    applied_at TIMESTAMP NOT NULL
);

COMMENT ON TABLE migration IS 'The migrations applied to this file, in order.';
COMMENT ON COLUMN migration.number IS 'Number at the start of the file name.';
COMMENT ON COLUMN migration.name IS 'File name without its ending.';
COMMENT ON COLUMN migration.digest IS 'SHA-256 of the text that was applied, in hexadecimal.';
COMMENT ON COLUMN migration.applied_at IS 'When, UTC.';

CREATE TABLE audit_event (
    seq             BIGINT PRIMARY KEY,
    recorded_at     TIMESTAMP NOT NULL,
    actor           TEXT NOT NULL,
    role            TEXT NOT NULL,
    action          TEXT NOT NULL,
    subject         TEXT NOT NULL,
    site            TEXT,
    reason          TEXT,
    before          TEXT,
    after           TEXT,
    rows_digest     TEXT NOT NULL,
    idempotency_key TEXT UNIQUE,
    previous        TEXT NOT NULL,
    digest          TEXT NOT NULL
);

COMMENT ON TABLE audit_event IS 'Every change, in order: who, when, what, why. Each row names the digest of the row before it.';
COMMENT ON COLUMN audit_event.seq IS '1, 2, 3 … without gaps; the order of changes, whatever the clock says.';
COMMENT ON COLUMN audit_event.recorded_at IS 'When, UTC.';
COMMENT ON COLUMN audit_event.actor IS 'Name of the account; nadir for the program itself.';
COMMENT ON COLUMN audit_event.role IS 'The roles that allowed it, joined by +.';
COMMENT ON COLUMN audit_event.action IS 'What was done.';
COMMENT ON COLUMN audit_event.subject IS 'What it was done to.';
COMMENT ON COLUMN audit_event.site IS 'The sites it concerned, joined by a comma; empty for the whole registry.';
COMMENT ON COLUMN audit_event.reason IS 'Why; compulsory for amending and withdrawing.';
COMMENT ON COLUMN audit_event.before IS 'The values before, as JSON.';
COMMENT ON COLUMN audit_event.after IS 'The values after, as JSON.';
COMMENT ON COLUMN audit_event.rows_digest IS 'Count and digest of the rows written and superseded in each table, as JSON.';
COMMENT ON COLUMN audit_event.idempotency_key IS 'Given by the caller so that a repeated request is stored once.';
COMMENT ON COLUMN audit_event.previous IS 'Digest of the event before; empty for the first.';
COMMENT ON COLUMN audit_event.digest IS 'SHA-256 over all columns before this one, in hexadecimal.';

CREATE TABLE touched (
    patient_key INTEGER NOT NULL,
    change_seq  BIGINT NOT NULL
);

COMMENT ON TABLE touched IS 'Which patients a change concerned: one row for each patient and change.';
COMMENT ON COLUMN touched.patient_key IS 'The patient.';
COMMENT ON COLUMN touched.change_seq IS 'The audit event.';

CREATE TABLE account (
    name     TEXT PRIMARY KEY,
    added_on DATE NOT NULL,
    disabled BOOLEAN NOT NULL DEFAULT false
);

COMMENT ON TABLE account IS 'Who may use the registry.';
COMMENT ON COLUMN account.name IS 'Name of the account.';
COMMENT ON COLUMN account.added_on IS 'Day it was added, UTC.';
COMMENT ON COLUMN account.disabled IS 'True if the account may no longer be used.';

CREATE TABLE account_role (
    name TEXT NOT NULL,
    site TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('nurse', 'adjudicator', 'clinician', 'data_manager', 'admin')),
    PRIMARY KEY (name, site, role)
);

COMMENT ON TABLE account_role IS 'The roles of each account at each site.';
COMMENT ON COLUMN account_role.name IS 'Name of the account.';
COMMENT ON COLUMN account_role.site IS 'The site, * for every site.';
COMMENT ON COLUMN account_role.role IS 'The role held there.';

CREATE TABLE patient (
    patient_key     INTEGER PRIMARY KEY,
    patient_id      TEXT NOT NULL UNIQUE,
    added_by_change BIGINT NOT NULL
);

COMMENT ON TABLE patient IS 'One row for each patient, never changed. Everything known about the patient is in the fact tables.';
COMMENT ON COLUMN patient.patient_key IS 'Key inside this file; never leaves it.';
COMMENT ON COLUMN patient.patient_id IS 'Pseudonym.';
COMMENT ON COLUMN patient.added_by_change IS 'The audit event that added it.';

CREATE TABLE episode (
    episode_key     INTEGER PRIMARY KEY,
    episode_id      TEXT NOT NULL UNIQUE,
    patient_key     INTEGER NOT NULL REFERENCES patient (patient_key),
    added_by_change BIGINT NOT NULL
);

COMMENT ON TABLE episode IS 'One row for each episode (one diagnosis of ITP or AIHA in a patient), never changed.';
COMMENT ON COLUMN episode.episode_key IS 'Key inside this file.';
COMMENT ON COLUMN episode.episode_id IS 'Identifier given by the source.';
COMMENT ON COLUMN episode.patient_key IS 'Whose episode.';
COMMENT ON COLUMN episode.added_by_change IS 'The audit event that added it.';

CREATE TABLE course (
    course_key      INTEGER PRIMARY KEY,
    course_id       TEXT NOT NULL UNIQUE,
    episode_key     INTEGER NOT NULL REFERENCES episode (episode_key),
    added_by_change BIGINT NOT NULL
);

COMMENT ON TABLE course IS 'One row for each course (one line of therapy as logged), never changed.';
COMMENT ON COLUMN course.course_key IS 'Key inside this file.';
COMMENT ON COLUMN course.course_id IS 'Identifier given by the source.';
COMMENT ON COLUMN course.episode_key IS 'The episode it is for.';
COMMENT ON COLUMN course.added_by_change IS 'The audit event that added it.';

CREATE TABLE adverse_event (
    adverse_event_key INTEGER PRIMARY KEY,
    adverse_event_id  TEXT NOT NULL UNIQUE,
    patient_key       INTEGER NOT NULL REFERENCES patient (patient_key),
    added_by_change   BIGINT NOT NULL
);

COMMENT ON TABLE adverse_event IS 'One row for each adverse event, never changed.';
COMMENT ON COLUMN adverse_event.adverse_event_key IS 'Key inside this file.';
COMMENT ON COLUMN adverse_event.adverse_event_id IS 'Identifier given by the source.';
COMMENT ON COLUMN adverse_event.patient_key IS 'Who had it.';
COMMENT ON COLUMN adverse_event.added_by_change IS 'The audit event that added it.';

CREATE TABLE patient_fact (
    row_key         BIGINT NOT NULL,
    version         SMALLINT NOT NULL CHECK (version >= 1),
    change_seq      BIGINT NOT NULL,
    superseded_by   BIGINT CHECK (superseded_by > change_seq),
    patient_key     INTEGER NOT NULL REFERENCES patient (patient_key),
    site            TEXT,
    sex             TEXT CHECK (sex IN ('female', 'male', 'other', 'unknown')),
    born_on         DATE,
    last_contact_on DATE,
    died_on         DATE,
    death_cause     TEXT,
    CHECK (last_contact_on >= born_on),
    CHECK (died_on >= born_on)
);

COMMENT ON TABLE patient_fact IS 'What is known about a patient.';
COMMENT ON COLUMN patient_fact.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN patient_fact.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN patient_fact.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN patient_fact.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN patient_fact.patient_key IS 'The patient.';
COMMENT ON COLUMN patient_fact.site IS 'The hospital that looks after the patient.';
COMMENT ON COLUMN patient_fact.sex IS 'Sex.';
COMMENT ON COLUMN patient_fact.born_on IS 'Date of birth, possibly shifted or only the year''s first day.';
COMMENT ON COLUMN patient_fact.last_contact_on IS 'Last day the patient was known to be alive and followed.';
COMMENT ON COLUMN patient_fact.died_on IS 'Day of death.';
COMMENT ON COLUMN patient_fact.death_cause IS 'Cause of death, as reported.';

CREATE TABLE exposure (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    patient_key   INTEGER NOT NULL REFERENCES patient (patient_key),
    exposure_id   TEXT NOT NULL,
    agent         TEXT NOT NULL CHECK (agent IN ('alemtuzumab')),
    setting       TEXT NOT NULL CHECK (setting IN ('renal_transplant', 'multiple_sclerosis', 'other')),
    started_on    DATE NOT NULL,
    ended_on      DATE,
    cycle         SMALLINT CHECK (cycle >= 1),
    dose_mg       TEXT CHECK (dose_mg IS NULL OR coalesce(TRY_CAST(dose_mg AS DECIMAL(18, 6)) >= 0, false)),
    indication_on DATE,
    CHECK (ended_on >= started_on)
);

COMMENT ON TABLE exposure IS 'An alemtuzumab infusion and its setting.';
COMMENT ON COLUMN exposure.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN exposure.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN exposure.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN exposure.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN exposure.patient_key IS 'The patient.';
COMMENT ON COLUMN exposure.exposure_id IS 'Identifier given by the source.';
COMMENT ON COLUMN exposure.agent IS 'Generic name.';
COMMENT ON COLUMN exposure.setting IS 'Why it was given.';
COMMENT ON COLUMN exposure.started_on IS 'First day.';
COMMENT ON COLUMN exposure.ended_on IS 'Last day.';
COMMENT ON COLUMN exposure.cycle IS 'Number of the cycle, 1 for the first.';
COMMENT ON COLUMN exposure.dose_mg IS 'Dose in mg, as reported.';
COMMENT ON COLUMN exposure.indication_on IS 'Day of the transplant, or of the indication.';

CREATE TABLE episode_fact (
    row_key              BIGINT NOT NULL,
    version              SMALLINT NOT NULL CHECK (version >= 1),
    change_seq           BIGINT NOT NULL,
    superseded_by        BIGINT CHECK (superseded_by > change_seq),
    episode_key          INTEGER NOT NULL REFERENCES episode (episode_key),
    disease              TEXT NOT NULL CHECK (disease IN ('ITP', 'AIHA')),
    onset_on             DATE NOT NULL,
    diagnosed_on         DATE,
    primary_or_secondary TEXT,
    cause                TEXT,
    dat_result           TEXT,
    ended_on             DATE,
    CHECK (ended_on >= onset_on)
);

COMMENT ON TABLE episode_fact IS 'What is known about an episode.';
COMMENT ON COLUMN episode_fact.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN episode_fact.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN episode_fact.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN episode_fact.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN episode_fact.episode_key IS 'The episode.';
COMMENT ON COLUMN episode_fact.disease IS 'The diagnosis.';
COMMENT ON COLUMN episode_fact.onset_on IS 'Day of onset.';
COMMENT ON COLUMN episode_fact.diagnosed_on IS 'Day of diagnosis.';
COMMENT ON COLUMN episode_fact.primary_or_secondary IS 'Primary, secondary or unknown, as reported.';
COMMENT ON COLUMN episode_fact.cause IS 'The underlying cause, as reported.';
COMMENT ON COLUMN episode_fact.dat_result IS 'Result of the direct antiglobulin test, as reported.';
COMMENT ON COLUMN episode_fact.ended_on IS 'Last day of the episode.';

CREATE TABLE course_fact (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    course_key    INTEGER NOT NULL REFERENCES course (course_key),
    started_on    DATE NOT NULL,
    stopped_on    DATE,
    ongoing       TEXT CHECK (ongoing IN ('yes', 'no')),
    intent        TEXT CHECK (intent IN ('induction', 'maintenance', 'observation')),
    start_reason  TEXT CHECK (start_reason IN ('first_line', 'inefficacy', 'toxicity', 'relapse', 'steroid_sparing', 'intensification', 'retreatment', 'other')),
    stop_reason   TEXT CHECK (stop_reason IN ('completed', 'response', 'inefficacy', 'toxicity', 'patient_choice', 'death', 'other')),
    line_number   SMALLINT CHECK (line_number >= 0),
    CHECK (stopped_on >= started_on)
);

COMMENT ON TABLE course_fact IS 'What is known about a course.';
COMMENT ON COLUMN course_fact.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN course_fact.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN course_fact.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN course_fact.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN course_fact.course_key IS 'The course.';
COMMENT ON COLUMN course_fact.started_on IS 'First day.';
COMMENT ON COLUMN course_fact.stopped_on IS 'Last day.';
COMMENT ON COLUMN course_fact.ongoing IS 'Whether it was still given at the last contact.';
COMMENT ON COLUMN course_fact.intent IS 'What it was meant to do.';
COMMENT ON COLUMN course_fact.start_reason IS 'Why it was started.';
COMMENT ON COLUMN course_fact.stop_reason IS 'Why it was stopped.';
COMMENT ON COLUMN course_fact.line_number IS 'Number of the line as supplied, 0 for observation only; empty where it is derived.';

CREATE TABLE course_agent (
    row_key            BIGINT NOT NULL,
    version            SMALLINT NOT NULL CHECK (version >= 1),
    change_seq         BIGINT NOT NULL,
    superseded_by      BIGINT CHECK (superseded_by > change_seq),
    course_key         INTEGER NOT NULL REFERENCES course (course_key),
    agent              TEXT NOT NULL,
    started_on         DATE NOT NULL,
    stopped_on         DATE,
    dose               TEXT,
    dose_unit          TEXT,
    route              TEXT,
    frequency          TEXT,
    agent_class        TEXT,
    atc                TEXT,
    prednisolone_mg_e6 BIGINT CHECK (prednisolone_mg_e6 >= 0),
    CHECK (stopped_on >= started_on)
);

COMMENT ON TABLE course_agent IS 'One dose step of one agent of a course; several agents make a combination.';
COMMENT ON COLUMN course_agent.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN course_agent.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN course_agent.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN course_agent.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN course_agent.course_key IS 'The course.';
COMMENT ON COLUMN course_agent.agent IS 'Generic name in lower case, normalised on import.';
COMMENT ON COLUMN course_agent.started_on IS 'First day of the step.';
COMMENT ON COLUMN course_agent.stopped_on IS 'Last day of the step.';
COMMENT ON COLUMN course_agent.dose IS 'Dose as reported.';
COMMENT ON COLUMN course_agent.dose_unit IS 'Unit of the dose as reported.';
COMMENT ON COLUMN course_agent.route IS 'Route as reported.';
COMMENT ON COLUMN course_agent.frequency IS 'Frequency as reported.';
COMMENT ON COLUMN course_agent.agent_class IS 'Class of the agent, from the table of agents.';
COMMENT ON COLUMN course_agent.atc IS 'ATC code, from the table of agents.';
COMMENT ON COLUMN course_agent.prednisolone_mg_e6 IS 'Prednisolone equivalent in mg a day x 10^6; empty where unknown or not a steroid.';

CREATE TABLE observation (
    row_key            BIGINT NOT NULL,
    version            SMALLINT NOT NULL CHECK (version >= 1),
    change_seq         BIGINT NOT NULL,
    superseded_by      BIGINT CHECK (superseded_by > change_seq),
    patient_key        INTEGER NOT NULL,
    observation_id     TEXT NOT NULL,
    observed_on        DATE NOT NULL,
    observed_at        TIMESTAMP,
    utc_offset_minutes SMALLINT,
    analyte            TEXT NOT NULL CHECK (analyte IN ('platelets', 'hemoglobin', 'ldh', 'haptoglobin', 'bilirubin', 'reticulocytes')),
    value              TEXT,
    unit               TEXT,
    specimen_id        TEXT,
    specimen           TEXT CHECK (specimen IN ('edta', 'citrate', 'heparin', 'unknown')),
    quality            TEXT CHECK (quality IN ('ok', 'clumped', 'hemolyzed', 'insufficient')),
    lower_limit        TEXT,
    upper_limit        TEXT,
    explained          TEXT CHECK (explained IN ('yes', 'no')),
    missing_reason     TEXT,
    source             TEXT,
    comparator         TEXT CHECK (comparator IN ('<', '>')),
    canonical_e6       BIGINT CHECK (canonical_e6 >= 0),
    not_evaluable      TEXT,
    marker_state       TEXT CHECK (marker_state IN ('normal', 'abnormal', 'explained'))
);

COMMENT ON TABLE observation IS 'One measured value. Stored in the order patient, day, analyte; no key and no index, see sql/checks.';
COMMENT ON COLUMN observation.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN observation.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN observation.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN observation.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN observation.patient_key IS 'The patient.';
COMMENT ON COLUMN observation.observation_id IS 'Identifier given by the source, unique within the patient.';
COMMENT ON COLUMN observation.observed_on IS 'Day of the specimen where the patient was.';
COMMENT ON COLUMN observation.observed_at IS 'Time of the specimen, UTC where the source gave an offset, else as it stood on the wall clock; empty where only the day is known.';
COMMENT ON COLUMN observation.utc_offset_minutes IS 'Offset from UTC in minutes that the source gave with the time; empty where it gave none.';
COMMENT ON COLUMN observation.analyte IS 'What was measured.';
COMMENT ON COLUMN observation.value IS 'The value as reported.';
COMMENT ON COLUMN observation.unit IS 'The unit as reported.';
COMMENT ON COLUMN observation.specimen_id IS 'Identifier of the specimen.';
COMMENT ON COLUMN observation.specimen IS 'Anticoagulant of the specimen.';
COMMENT ON COLUMN observation.quality IS 'Quality reported by the laboratory.';
COMMENT ON COLUMN observation.lower_limit IS 'Lower limit of normal of this laboratory, as reported, in the unit of the value.';
COMMENT ON COLUMN observation.upper_limit IS 'Upper limit of normal, likewise.';
COMMENT ON COLUMN observation.explained IS 'yes where a clinician says that another cause explains an abnormal marker.';
COMMENT ON COLUMN observation.missing_reason IS 'Why there is no value.';
COMMENT ON COLUMN observation.source IS 'Where it came from.';
COMMENT ON COLUMN observation.comparator IS 'The sign reported before the value.';
COMMENT ON COLUMN observation.canonical_e6 IS 'Value x 10^6 in the canonical unit: platelets and reticulocytes 10*9/L, hemoglobin and haptoglobin g/L, LDH U/L, bilirubin umol/L.';
COMMENT ON COLUMN observation.not_evaluable IS 'Why the value may not be judged; empty where it may.';
COMMENT ON COLUMN observation.marker_state IS 'State of a marker of hemolysis against the laboratory''s own limits.';

CREATE TABLE bleed (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    patient_key   INTEGER NOT NULL REFERENCES patient (patient_key),
    bleed_id      TEXT NOT NULL,
    started_on    DATE NOT NULL,
    ended_on      DATE,
    scale         TEXT NOT NULL CHECK (scale IN ('WHO', 'ITP_BAT', 'CTCAE')),
    grade         SMALLINT NOT NULL CHECK (grade BETWEEN 0 AND 5),
    site          TEXT,
    itp_related   TEXT CHECK (itp_related IN ('yes', 'no', 'unknown')),
    CHECK (ended_on >= started_on)
);

COMMENT ON TABLE bleed IS 'A bleeding.';
COMMENT ON COLUMN bleed.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN bleed.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN bleed.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN bleed.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN bleed.patient_key IS 'The patient.';
COMMENT ON COLUMN bleed.bleed_id IS 'Identifier given by the source.';
COMMENT ON COLUMN bleed.started_on IS 'First day.';
COMMENT ON COLUMN bleed.ended_on IS 'Last day.';
COMMENT ON COLUMN bleed.scale IS 'Scale of the grade.';
COMMENT ON COLUMN bleed.grade IS 'Grade on that scale.';
COMMENT ON COLUMN bleed.site IS 'Where in the body.';
COMMENT ON COLUMN bleed.itp_related IS 'Whether ITP caused it.';

CREATE TABLE transfusion (
    row_key        BIGINT NOT NULL,
    version        SMALLINT NOT NULL CHECK (version >= 1),
    change_seq     BIGINT NOT NULL,
    superseded_by  BIGINT CHECK (superseded_by > change_seq),
    patient_key    INTEGER NOT NULL REFERENCES patient (patient_key),
    transfusion_id TEXT NOT NULL,
    given_on       DATE NOT NULL,
    product        TEXT NOT NULL CHECK (product IN ('red_cells', 'platelets')),
    units          TEXT CHECK (units IS NULL OR coalesce(TRY_CAST(units AS DECIMAL(18, 6)) >= 0, false)),
    reason         TEXT CHECK (reason IN ('cytopenia', 'surgery', 'other', 'unknown'))
);

COMMENT ON TABLE transfusion IS 'A transfusion.';
COMMENT ON COLUMN transfusion.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN transfusion.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN transfusion.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN transfusion.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN transfusion.patient_key IS 'The patient.';
COMMENT ON COLUMN transfusion.transfusion_id IS 'Identifier given by the source.';
COMMENT ON COLUMN transfusion.given_on IS 'Day.';
COMMENT ON COLUMN transfusion.product IS 'What was given.';
COMMENT ON COLUMN transfusion.units IS 'Number of units, as reported.';
COMMENT ON COLUMN transfusion.reason IS 'Why.';

CREATE TABLE rescue (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    patient_key   INTEGER NOT NULL REFERENCES patient (patient_key),
    rescue_id     TEXT NOT NULL,
    given_on      DATE NOT NULL,
    agent         TEXT NOT NULL CHECK (agent IN ('ivig', 'anti_d', 'steroid_pulse', 'vinca', 'platelets', 'other')),
    reason        TEXT CHECK (reason IN ('low_count', 'bleed', 'procedure', 'unknown'))
);

COMMENT ON TABLE rescue IS 'A rescue: therapy on demand, which is not a course.';
COMMENT ON COLUMN rescue.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN rescue.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN rescue.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN rescue.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN rescue.patient_key IS 'The patient.';
COMMENT ON COLUMN rescue.rescue_id IS 'Identifier given by the source.';
COMMENT ON COLUMN rescue.given_on IS 'Day.';
COMMENT ON COLUMN rescue.agent IS 'What was given.';
COMMENT ON COLUMN rescue.reason IS 'Why.';

CREATE TABLE other_cause (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    patient_key   INTEGER NOT NULL REFERENCES patient (patient_key),
    started_on    DATE NOT NULL,
    ended_on      DATE,
    disease       TEXT NOT NULL CHECK (disease IN ('ITP', 'AIHA')),
    cause         TEXT NOT NULL,
    CHECK (ended_on >= started_on)
);

COMMENT ON TABLE other_cause IS 'Another recorded explanation of a low count.';
COMMENT ON COLUMN other_cause.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN other_cause.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN other_cause.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN other_cause.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN other_cause.patient_key IS 'The patient.';
COMMENT ON COLUMN other_cause.started_on IS 'First day.';
COMMENT ON COLUMN other_cause.ended_on IS 'Last day.';
COMMENT ON COLUMN other_cause.disease IS 'The lineage it explains.';
COMMENT ON COLUMN other_cause.cause IS 'The cause: infection, bleeding, parvovirus, surgery …';

CREATE TABLE adverse_event_fact (
    row_key              BIGINT NOT NULL,
    version              SMALLINT NOT NULL CHECK (version >= 1),
    change_seq           BIGINT NOT NULL,
    superseded_by        BIGINT CHECK (superseded_by > change_seq),
    adverse_event_key    INTEGER NOT NULL REFERENCES adverse_event (adverse_event_key),
    category             TEXT NOT NULL CHECK (category IN ('cardiovascular', 'thrombosis', 'infection', 'steroid_diabetes', 'graft_failure', 'solid_tumor', 'ptld', 'hematologic_malignancy', 'skin_cancer', 'other')),
    term                 TEXT NOT NULL,
    onset_on             DATE NOT NULL,
    ended_on             DATE,
    ctcae_version        TEXT CHECK (ctcae_version IN ('4.03', '5.0', '6.0')),
    ctcae_grade          SMALLINT CHECK (ctcae_grade BETWEEN 1 AND 5),
    serious              TEXT CHECK (serious IN ('yes', 'no', 'unknown')),
    seriousness_criteria TEXT,
    outcome              TEXT,
    meddra_code          TEXT,
    note                 TEXT,
    CHECK (ended_on >= onset_on)
);

COMMENT ON TABLE adverse_event_fact IS 'What is known about an adverse event.';
COMMENT ON COLUMN adverse_event_fact.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN adverse_event_fact.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN adverse_event_fact.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN adverse_event_fact.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN adverse_event_fact.adverse_event_key IS 'The adverse event.';
COMMENT ON COLUMN adverse_event_fact.category IS 'Category.';
COMMENT ON COLUMN adverse_event_fact.term IS 'The event in the words of the reporter.';
COMMENT ON COLUMN adverse_event_fact.onset_on IS 'First day.';
COMMENT ON COLUMN adverse_event_fact.ended_on IS 'Last day.';
COMMENT ON COLUMN adverse_event_fact.ctcae_version IS 'Version of CTCAE.';
COMMENT ON COLUMN adverse_event_fact.ctcae_grade IS 'Grade in that version.';
COMMENT ON COLUMN adverse_event_fact.serious IS 'Whether it was serious.';
COMMENT ON COLUMN adverse_event_fact.seriousness_criteria IS 'Which criteria made it serious.';
COMMENT ON COLUMN adverse_event_fact.outcome IS 'Outcome as reported.';
COMMENT ON COLUMN adverse_event_fact.meddra_code IS 'MedDRA code, supplied by the user.';
COMMENT ON COLUMN adverse_event_fact.note IS 'Free text.';

CREATE TABLE attribution (
    row_key           BIGINT NOT NULL,
    version           SMALLINT NOT NULL CHECK (version >= 1),
    change_seq        BIGINT NOT NULL,
    superseded_by     BIGINT CHECK (superseded_by > change_seq),
    adverse_event_key INTEGER NOT NULL REFERENCES adverse_event (adverse_event_key),
    course_key        INTEGER NOT NULL REFERENCES course (course_key),
    relatedness       TEXT NOT NULL CHECK (relatedness IN ('unrelated', 'unlikely', 'possible', 'probable', 'definite'))
);

COMMENT ON TABLE attribution IS 'How far a course is held to have caused an adverse event.';
COMMENT ON COLUMN attribution.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN attribution.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN attribution.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN attribution.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN attribution.adverse_event_key IS 'The adverse event.';
COMMENT ON COLUMN attribution.course_key IS 'The course.';
COMMENT ON COLUMN attribution.relatedness IS 'Judgement of the reporter.';

CREATE TABLE denominator (
    row_key       BIGINT NOT NULL,
    version       SMALLINT NOT NULL CHECK (version >= 1),
    change_seq    BIGINT NOT NULL,
    superseded_by BIGINT CHECK (superseded_by > change_seq),
    cohort        TEXT NOT NULL,
    setting       TEXT NOT NULL,
    from_on       DATE NOT NULL,
    to_on         DATE NOT NULL,
    n             INTEGER NOT NULL CHECK (n >= 0),
    CHECK (to_on >= from_on)
);

COMMENT ON TABLE denominator IS 'Patients exposed, as supplied by a service.';
COMMENT ON COLUMN denominator.row_key IS 'Number of the row, unique across all fact tables, increasing.';
COMMENT ON COLUMN denominator.version IS '1 for the first version of the fact, then 2, 3 …';
COMMENT ON COLUMN denominator.change_seq IS 'The audit event that wrote the row.';
COMMENT ON COLUMN denominator.superseded_by IS 'The audit event that replaced or withdrew it; empty while it is current. Set once.';
COMMENT ON COLUMN denominator.cohort IS 'Name of the cohort.';
COMMENT ON COLUMN denominator.setting IS 'Setting.';
COMMENT ON COLUMN denominator.from_on IS 'First day of the period.';
COMMENT ON COLUMN denominator.to_on IS 'Last day of the period.';
COMMENT ON COLUMN denominator.n IS 'Number of patients exposed.';
