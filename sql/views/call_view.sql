-- The call on every course under every criteria set that has judged it.
-- Grain: one row for each current course and criteria set.
-- Source: call, course_view, judging, touched.
-- Caveat: a call is as old as judged_seq; to_judge says that its patient has changed since.
CREATE VIEW call_view AS
WITH changed AS (
    SELECT patient_key, max(change_seq) AS change_seq
    FROM touched
    GROUP BY patient_key
)

SELECT
    v.course_id, c.criteria_id, c.criteria_hash, c.engine_version, format('{:016x}', c.series_fingerprint) AS series_fingerprint,
    c.best_response, c.reason,
    -- A limit is stored one millionth beside it, to its side.
    CASE
        WHEN c.baseline_e6 IS NULL THEN NULL
        WHEN c.baseline_e6 % 1000 = 999 THEN '<' || regexp_replace(printf('%.6f', (c.baseline_e6 + 1) / 1000000), '\.?0+$', '')
        WHEN c.baseline_e6 % 1000 = 1 THEN '>' || regexp_replace(printf('%.6f', (c.baseline_e6 - 1) / 1000000), '\.?0+$', '')
        ELSE regexp_replace(printf('%.6f', c.baseline_e6 / 1000000), '\.?0+$', '')
    END AS baseline,
    c.onset_on, c.cr_onset_on, c.relapsed_on, c.lost_cr_on,
    c.duration_of_response_days, c.duration_status, c.censored_by, c.flags, c.defaults_applied, c.held_until, c.lost_on,
    c.onset_on - v.started_on AS time_to_response_days,
    c.er_7d, c.ir_1m, c.dr_6m, c.rem_12m, c.in_response_days, c.observed_days, c.phase,
    c.off_treatment_from, c.srot30, c.srot50, c.days_off,
    c.judged_seq,
    coalesce(t.change_seq > greatest(c.judged_seq, coalesce(g.until_seq, 0)), false) AS to_judge,
    v.patient_id, v.episode_id, v.disease, v.site, v.started_on, v.stopped_on, v.intent, v.start_reason,
    v.stop_reason, v.line_number, v.regimen, v.agents,
    c.patient_key, v.episode_key, c.course_key
FROM call AS c
JOIN course_view AS v USING (course_key)
LEFT JOIN judging AS g USING (criteria_id)
LEFT JOIN changed AS t ON t.patient_key = c.patient_key;
