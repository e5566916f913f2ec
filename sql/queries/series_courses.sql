-- The courses of some patients as the judge needs them.
-- Grain: one row for each current course of the patients in range, ordered by nothing.
-- Source: course_fact, episode_fact, patient_fact.
-- Caveat: $1 and $2 are the first and last patient_key; diagnosed_on is the onset where no diagnosis is dated.
SELECT
    e.patient_key, e.episode_key, f.course_key, d.disease, f.started_on, f.stopped_on, f.intent, f.start_reason,
    f.stop_reason,
    coalesce(d.diagnosed_on, d.onset_on) AS diagnosed_on, p.died_on
FROM episode AS e
JOIN episode_fact AS d USING (episode_key)
JOIN course AS c USING (episode_key)
JOIN course_fact AS f USING (course_key)
LEFT JOIN patient_fact AS p
    ON p.patient_key = e.patient_key AND p.superseded_by IS NULL AND p.patient_key BETWEEN $1 AND $2
WHERE f.superseded_by IS NULL AND d.superseded_by IS NULL AND e.patient_key BETWEEN $1 AND $2
