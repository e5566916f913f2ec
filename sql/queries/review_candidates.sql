-- The calls that nobody has read: no case of theirs is open, and no decision on them holds.
-- Grain: one row for each current call under the criteria that judge.
-- Source: call_view, counted_patient_view, review_case_view, review_challenge.
-- Caveat: a call whose patient changed since is left out until it is judged again. $1: the criteria sets. near tells
-- how near to what was asked the nearest deciding count lies, as a fraction of what was asked; rests_until is the last day
-- that the call names or cites, but for what ends the follow-up.
WITH read_already AS (
    SELECT course_key, criteria_id FROM review_case_view WHERE state <> 'stale'
),

challenged AS (
    SELECT ch.course_key, ch.criteria_id, max(ch.change_seq) AS change_seq
    FROM review_challenge AS ch
    GROUP BY ch.course_key, ch.criteria_id
),

cited AS (
    SELECT course_key, criteria_id, unnest(evidence) AS e FROM call WHERE list_contains($1::TEXT[], criteria_id)
),

cited_until AS (
    SELECT c.course_key, c.criteria_id, max((c.e).observed_on) AS last_on
    FROM cited AS c
    JOIN evidence_word AS w ON w.kind = 'step' AND w.code = (c.e).step
    WHERE w.word <> 'censoring'
    GROUP BY c.course_key, c.criteria_id
),

nearest AS (
    SELECT
        course_key, criteria_id,
        min(abs((e).value_e6 - (e).threshold_e6)::DOUBLE / (e).threshold_e6) AS near
    FROM cited
    WHERE (e).source = 0 AND (e).value_e6 IS NOT NULL AND (e).threshold_e6 > 0 AND (e).predicate BETWEEN 1 AND 5
    GROUP BY course_key, criteria_id
)

SELECT
    v.course_key, v.course_id, v.patient_key, v.disease, v.criteria_id, v.criteria_hash, v.engine_version,
    v.series_fingerprint, v.best_response, v.reason, v.onset_on, v.cr_onset_on, v.lost_cr_on, v.relapsed_on,
    v.started_on, v.flags, v.defaults_applied, n.near, h.change_seq IS NOT NULL AS challenged,
    greatest(v.started_on, v.onset_on, v.cr_onset_on, v.lost_cr_on, v.relapsed_on, u.last_on) AS rests_until
FROM call_view AS v
SEMI JOIN counted_patient_view AS p ON p.patient_key = v.patient_key
LEFT JOIN nearest AS n ON n.course_key = v.course_key AND n.criteria_id = v.criteria_id
LEFT JOIN cited_until AS u ON u.course_key = v.course_key AND u.criteria_id = v.criteria_id
LEFT JOIN challenged AS h ON h.course_key = v.course_key AND h.criteria_id = v.criteria_id
WHERE list_contains($1::TEXT[], v.criteria_id)
    AND NOT v.to_judge
    AND NOT EXISTS (
        SELECT 1 FROM read_already AS r WHERE r.course_key = v.course_key AND r.criteria_id = v.criteria_id
    )
ORDER BY v.course_key, v.criteria_id
