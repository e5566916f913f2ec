-- The response that counts: the decision of people if one holds, else the machine's call, and which of them it is.
-- Grain: one row for each current course and criteria set with a call or a decision that holds.
-- Source: call_view, decision_view, course_view.
-- Caveat: provenance is decision or call; the call stands beside. reason, onset of complete response, duration and
-- censoring are the call's where it counts or the decision has its level and dates, else they are told from the
-- decision's dates or left empty. Not for a blind reader: see registry.reviews.blindness.
CREATE VIEW final_response_view AS
WITH human AS (
    SELECT
        case_id, course_key, criteria_id, criteria_hash, best_response, onset_on, lost_cr_on, relapsed_on, reached_by,
        decided_at
    FROM decision_view
    WHERE holds
)

SELECT
    c.patient_id, c.course_id, c.disease, c.site, c.line_number, c.regimen, c.started_on, c.criteria_id,
    coalesce(h.criteria_hash, c.criteria_hash) AS criteria_hash,
    CASE WHEN h.case_id IS NULL THEN 'call' ELSE 'decision' END AS provenance,
    coalesce(h.best_response, c.best_response) AS best_response,
    CASE WHEN h.case_id IS NULL THEN c.onset_on ELSE h.onset_on END AS onset_on,
    CASE WHEN h.case_id IS NULL THEN c.lost_cr_on ELSE h.lost_cr_on END AS lost_cr_on,
    CASE WHEN h.case_id IS NULL THEN c.relapsed_on ELSE h.relapsed_on END AS relapsed_on,
    CASE WHEN h.case_id IS NULL OR alike THEN c.reason END AS reason,
    CASE WHEN h.case_id IS NULL OR alike THEN c.cr_onset_on END AS cr_onset_on,
    CASE WHEN h.case_id IS NULL OR alike THEN c.duration_of_response_days ELSE h.relapsed_on - h.onset_on END
        AS duration_of_response_days,
    CASE
        WHEN h.case_id IS NULL OR alike THEN c.duration_status
        WHEN h.relapsed_on IS NOT NULL THEN 'event'
        WHEN h.onset_on IS NULL THEN 'none'
    END AS duration_status,
    CASE WHEN h.case_id IS NULL OR alike THEN c.censored_by END AS censored_by,
    h.reached_by, h.decided_at, h.case_id,
    c.best_response AS call_response, c.onset_on AS call_onset_on, c.lost_cr_on AS call_lost_cr_on,
    c.relapsed_on AS call_relapsed_on, c.to_judge, c.patient_key, c.episode_key, c.course_key
FROM call_view AS c
LEFT JOIN (
    SELECT
        h.*,
        h.best_response = j.best_response
        AND h.onset_on IS NOT DISTINCT FROM j.onset_on
        AND h.relapsed_on IS NOT DISTINCT FROM j.relapsed_on AS alike
    FROM human AS h
    JOIN call AS j ON j.course_key = h.course_key AND j.criteria_id = h.criteria_id
) AS h ON h.course_key = c.course_key AND h.criteria_id = c.criteria_id
UNION ALL BY NAME
SELECT
    v.patient_id, v.course_id, v.disease, v.site, v.line_number, v.regimen, v.started_on, h.criteria_id,
    h.criteria_hash, 'decision' AS provenance, h.best_response, h.onset_on, h.lost_cr_on, h.relapsed_on,
    h.relapsed_on - h.onset_on AS duration_of_response_days,
    h.reached_by, h.decided_at, h.case_id, v.patient_key, v.episode_key, v.course_key
FROM human AS h
JOIN course_view AS v ON v.course_key = h.course_key
WHERE NOT EXISTS (SELECT 1 FROM call AS j WHERE j.course_key = h.course_key AND j.criteria_id = h.criteria_id);
