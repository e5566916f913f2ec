-- Courses that are coming in and begin on the day on which another course of their episode begins.
-- Grain: one row for each episode and day, with all its courses.
-- Source: the staged intake_starts (episode_id, course_id, started_on), in place of the stored course of the same name;
-- course_fact, course, episode.
-- Caveat: told, never refused: figures count such courses once (DEF-ITP-28).
WITH standing AS (
    SELECT e.episode_id, c.course_id, f.started_on
    FROM course_fact AS f
    JOIN course AS c USING (course_key)
    JOIN episode AS e USING (episode_key)
    WHERE f.superseded_by IS NULL AND e.episode_id IN (SELECT i.episode_id FROM intake_starts AS i)
),

begun AS (
    SELECT episode_id, course_id, started_on, true AS is_coming FROM intake_starts
    UNION ALL
    SELECT s.episode_id, s.course_id, s.started_on, false
    FROM standing AS s
    ANTI JOIN intake_starts AS i ON i.course_id = s.course_id
)

SELECT episode_id, started_on, list_sort(list(course_id)) AS course_ids
FROM begun
GROUP BY episode_id, started_on
HAVING count(*) > 1 AND bool_or(is_coming)
ORDER BY episode_id, started_on
