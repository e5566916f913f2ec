-- The courses of one patient with one that is not saved yet, or is being amended.
-- Grain: one row for each course.
-- Source: course, episode.
-- Caveat: $1 patient_key, $2 course_key, $3 course_id, $4 episode_key; stands in for course within a snapshot.
SELECT course_key, course_id, episode_key
FROM main.course
WHERE episode_key IN (SELECT episode_key FROM main.episode WHERE patient_key = $1) AND course_key <> $2
UNION ALL
SELECT $2::INTEGER, $3, $4::INTEGER
