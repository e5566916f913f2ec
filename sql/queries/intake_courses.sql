-- Stored courses among the staged intake_ids, with their episode and current dates. Grain: a course.
SELECT course_id AS id, course.course_key AS key, episode_id AS parent, fact.started_on, fact.stopped_on
FROM course
JOIN episode USING (episode_key)
LEFT JOIN course_fact AS fact ON fact.course_key = course.course_key AND fact.superseded_by IS NULL
WHERE course_id IN (SELECT id FROM intake_ids)
