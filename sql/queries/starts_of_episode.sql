-- The courses of an episode that begin on one day.
-- Grain: one row for each current course.
-- Source: course_fact, course, episode.
-- Caveat: whatever the course is for; $1 is the episode_id, $2 the day.
SELECT c.course_id
FROM course_fact AS f
JOIN course AS c USING (course_key)
JOIN episode AS e USING (episode_key)
WHERE f.superseded_by IS NULL AND e.episode_id = $1 AND f.started_on = $2
ORDER BY c.course_id
