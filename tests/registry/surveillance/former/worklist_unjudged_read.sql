-- Surveillance: what each specimen that cannot be judged may mean, in words and as a number.
-- Grain: as given, with its number in the order of the specimens.
-- Source: worklist_unjudged.sql, read in registry/surveillance/unjudged.py.
-- Caveat: means_e6 is the gravest reading of a number whose unit nobody knows.
-- $1: the specimens of worklist_unjudged.sql as they were read.
SELECT
    unnest($1::STRUCT(
        number INTEGER, patient_key INTEGER, observed_on DATE, taken_at TIMESTAMP, means_e6 BIGINT, clumped BOOLEAN,
        words TEXT
    )[], recursive := true)
