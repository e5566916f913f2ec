-- Stored courses that an import mentions, with their episode and current dates.
-- Grain: a course.
-- Source: course, episode and course_fact; the staged intake_ids.
-- Caveat: a course whose fact was withdrawn is there, without dates.
SELECT course_id AS id, course.course_key AS key, episode_id AS parent, fact.started_on, fact.stopped_on
FROM course
JOIN episode USING (episode_key)
LEFT JOIN course_fact AS fact ON fact.course_key = course.course_key AND fact.superseded_by IS NULL
WHERE course_id IN (SELECT id FROM intake_ids)
