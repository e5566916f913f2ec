-- The observations of one patient with some that are not saved yet; one with a stored id stands in its place.
-- Grain: one row for each observation.
-- Source: observation.
-- Caveat: $1 patient_key, $2 ids of unsaved ones, $3 unsaved ones; stands in for observation within a snapshot.
SELECT *
FROM main.observation
WHERE patient_key = $1 AND superseded_by IS NULL AND NOT list_contains($2::TEXT[], observation_id)
UNION ALL BY NAME
SELECT
    unnest(
        $3::STRUCT(
            row_key BIGINT, patient_key INTEGER, observation_id TEXT, observed_on DATE, observed_at TIMESTAMP,
            utc_offset_minutes SMALLINT, analyte TEXT, specimen TEXT,
            comparator TEXT, canonical_e6 BIGINT, not_evaluable TEXT, marker_state TEXT
        )[],
        recursive := true
    )
