-- The courses of one patient.
-- Grain: one row for each course.
-- Source: course, episode.
-- Caveat: $1 is the patient_key; stands in for course within a snapshot.
SELECT course_key, course_id, episode_key
FROM main.course
WHERE episode_key IN (SELECT episode_key FROM main.episode WHERE patient_key = $1)
