-- What the registry holds, and what waits to be done, in numbers.
-- Grain: one row for each topic and item.
-- Source: the current views, call, judging, touched.
-- Caveat: counts under the sites that may be read; a patient without a site belongs to the whole registry.
-- $1: the sites whose patients may be read (NULL: all), the criteria that judge each disease, whether calls may be
-- read.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], itp TEXT, aiha TEXT, calls BOOLEAN))
),

readable AS (
    SELECT p.patient_key, p.site
    FROM patient_view AS p
    CROSS JOIN plan
    WHERE plan.sites IS NULL OR list_contains(plan.sites, p.site)
),

line AS (
    SELECT f.course_key, d.disease, e.patient_key
    FROM course_fact AS f
    JOIN course AS c USING (course_key)
    JOIN episode AS e USING (episode_key)
    JOIN episode_fact AS d ON d.episode_key = e.episode_key AND d.superseded_by IS NULL
    JOIN readable USING (patient_key)
    WHERE f.superseded_by IS NULL
),

changed AS (
    SELECT patient_key, max(change_seq) AS change_seq
    FROM touched
    GROUP BY patient_key
),

judged AS (
    SELECT
        l.disease,
        j.best_response,
        j.course_key IS NULL AS unjudged,
        j.course_key IS NOT NULL
        AND coalesce(t.change_seq > greatest(j.judged_seq, coalesce(g.until_seq, 0)), false) AS stale
    FROM line AS l
    CROSS JOIN plan
    LEFT JOIN call AS j
        ON j.course_key = l.course_key
        AND j.criteria_id = CASE l.disease WHEN 'ITP' THEN plan.itp ELSE plan.aiha END
    LEFT JOIN judging AS g ON g.criteria_id = j.criteria_id
    LEFT JOIN changed AS t ON t.patient_key = l.patient_key
    WHERE plan.calls
)

SELECT 'held' AS topic, 'patients' AS item, count(*) AS number FROM readable
UNION ALL
SELECT 'held', 'courses', count(*) FROM line
UNION ALL
SELECT 'patients by site', coalesce(site, 'no site'), count(*) FROM readable GROUP BY site
UNION ALL
SELECT 'courses by disease', disease, count(*) FROM line GROUP BY disease
UNION ALL
SELECT 'calls by response', disease || ' ' || coalesce(best_response, 'not judged'), count(*)
FROM judged GROUP BY disease, best_response
UNION ALL
SELECT 'waiting', 'Courses not judged yet', count(*) FROM judged WHERE unjudged
UNION ALL
SELECT 'waiting', 'Calls to renew', count(*) FROM judged WHERE stale
ORDER BY topic, item;
