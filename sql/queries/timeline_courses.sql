-- The courses of one patient, in order of start.
-- Grain: one row for each course that is not withdrawn.
-- Source: course_fact, course_agent, course, episode, episode_fact: what course_view says of one patient, without its
-- work over all patients.
-- Caveat: until_on is the start of the next course for the same disease; NULL after the last one.
-- $1: the patient's key.
WITH mine AS (
    SELECT c.course_key, c.course_id, e.episode_id, e.episode_key
    FROM episode AS e
    JOIN course AS c USING (episode_key)
    WHERE e.patient_key = $1
),

given AS (
    SELECT
        course_key,
        string_agg(DISTINCT agent, '+' ORDER BY agent) AS agents,
        string_agg(DISTINCT agent_class, '+' ORDER BY agent_class) AS regimen,
        bool_and(agent = 'observation') AS only_observed
    FROM course_agent
    WHERE superseded_by IS NULL AND course_key IN (SELECT course_key FROM mine)
    GROUP BY course_key
),

line AS (
    SELECT
        m.course_id, m.episode_id, d.disease, f.line_number, g.regimen, g.agents, f.started_on, f.stopped_on,
        f.ongoing, f.intent, f.start_reason, f.stop_reason,
        coalesce(f.intent = 'observation', false) OR coalesce(g.only_observed, false) AS only_observed
    FROM mine AS m
    JOIN course_fact AS f ON f.course_key = m.course_key AND f.superseded_by IS NULL
    JOIN episode_fact AS d ON d.episode_key = m.episode_key AND d.superseded_by IS NULL
    LEFT JOIN given AS g ON g.course_key = m.course_key
)

SELECT
    course_id, episode_id, disease,
    coalesce(
        line_number,
        CASE WHEN only_observed THEN 0 ELSE count(*) FILTER (WHERE NOT only_observed) OVER earlier END
    ) AS line_number,
    regimen, agents, started_on, stopped_on, ongoing, intent, start_reason, stop_reason,
    min(started_on) OVER later AS until_on
FROM line
WINDOW
    earlier AS (
        PARTITION BY disease ORDER BY started_on, course_id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ),
    later AS (
        PARTITION BY disease ORDER BY started_on
        RANGE BETWEEN INTERVAL 1 DAY FOLLOWING AND UNBOUNDED FOLLOWING
    )
ORDER BY started_on, course_id;
