-- The final responses of one patient.
-- Grain: one row for each current course and criteria set that may be seen.
-- Source: final_response_view, course, course_fact, touched, judging.
-- Caveat: $1 is the patient_key, $2 the criteria sets, $3 the course_keys that may be seen (NULL: all).
SELECT
    k.course_id, v.criteria_id, v.provenance, v.best_response, v.onset_on, v.cr_onset_on, v.lost_cr_on, v.relapsed_on,
    v.duration_of_response_days, v.duration_status, v.censored_by, v.reason, v.reached_by, v.decided_at, v.case_id,
    v.call_response, v.call_onset_on, v.call_lost_cr_on, v.call_relapsed_on,
    coalesce(
        (SELECT max(t.change_seq) FROM touched AS t WHERE t.patient_key = $1)
        > greatest(v.judged_seq, coalesce(g.until_seq, 0)), false
    ) AS to_judge
FROM final_response_view AS v
JOIN course AS k USING (course_key)
JOIN course_fact AS f ON f.course_key = v.course_key AND f.superseded_by IS NULL
LEFT JOIN judging AS g USING (criteria_id)
WHERE v.patient_key = $1
    AND list_contains($2::TEXT[], v.criteria_id)
    AND ($3::BIGINT[] IS NULL OR list_contains($3::BIGINT[], v.course_key))
ORDER BY f.started_on, k.course_id, v.criteria_id
