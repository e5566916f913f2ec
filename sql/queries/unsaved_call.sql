-- A call that is not stored, for evidence_view to spread.
-- Grain: one row.
-- Source: the judge.
-- Caveat: $1 course_key, $2 patient_key, $3 criteria_id, $4 evidence; stands in for call within a snapshot.
SELECT
    $1::INTEGER AS course_key,
    $2::INTEGER AS patient_key,
    $3 AS criteria_id,
    $4::STRUCT(
        step UTINYINT, source UTINYINT, row_key BIGINT, observed_on DATE, predicate UTINYINT,
        threshold_e6 BIGINT, value_e6 BIGINT, held BOOLEAN
    )[] AS evidence
