-- The rows that decided the calls on one patient's courses under the criteria in use, as codes and keys.
-- Grain: one row for each piece of evidence, in the order of the reasoning.
-- Source: call.
-- Caveat: the words of the codes are those of evidence_word; timeline_cited has the rows that are cited.
-- $1: the patient's key; $2: the criteria in use; $3: the course_keys that may be seen (NULL: all).
WITH spread AS (
    SELECT course_key, criteria_id, generate_subscripts(evidence, 1) AS position, unnest(evidence) AS e
    FROM call
    WHERE patient_key = $1 AND list_contains($2::TEXT[], criteria_id)
        AND ($3::BIGINT[] IS NULL OR list_contains($3::BIGINT[], course_key))
)

SELECT
    course_key, criteria_id, (e).step AS step, (e).source AS source, (e).row_key AS row_key,
    (e).observed_on AS observed_on, (e).predicate AS predicate,
    (e).threshold_e6::DOUBLE / 1000000 AS threshold, (e).held AS held
FROM spread
ORDER BY course_key, criteria_id, position;
