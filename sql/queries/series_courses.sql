-- The courses of some patients as the judge needs them.
-- Grain: one row for each current course of the patients in range, ordered by nothing.
-- Source: course_fact, course_agent, episode_fact.
-- Caveat: $1 and $2 are the first and last patient_key, $3 and $4 the months at which newly diagnosed and persistent
-- disease end; off_from is the last dose, empty while any agent goes on.
WITH given AS (
    SELECT
        a.course_key, string_agg(DISTINCT a.agent, ';' ORDER BY a.agent) AS agents,
        CASE WHEN bool_and(a.stopped_on IS NOT NULL) THEN max(a.stopped_on) END AS stopped_on
    FROM course_agent AS a
    JOIN course AS c USING (course_key)
    JOIN episode AS e USING (episode_key)
    WHERE a.superseded_by IS NULL AND e.patient_key BETWEEN $1 AND $2
    GROUP BY a.course_key
)
SELECT
    e.patient_key, f.course_key, d.disease, f.started_on, f.stopped_on, f.intent, f.start_reason, g.agents,
    coalesce(f.stopped_on, g.stopped_on) AS off_from,
    CASE
        WHEN d.diagnosed_on IS NULL AND d.onset_on IS NULL THEN NULL
        WHEN f.started_on < coalesce(d.diagnosed_on, d.onset_on) + to_months($3) THEN 'newly_diagnosed'
        WHEN f.started_on <= coalesce(d.diagnosed_on, d.onset_on) + to_months($4) THEN 'persistent'
        ELSE 'chronic'
    END AS phase
FROM course_fact AS f
JOIN course AS c USING (course_key)
JOIN episode AS e USING (episode_key)
JOIN episode_fact AS d USING (episode_key)
LEFT JOIN given AS g USING (course_key)
WHERE f.superseded_by IS NULL AND d.superseded_by IS NULL AND e.patient_key BETWEEN $1 AND $2
