-- The keys of one patient's episodes and courses, by which the other timeline queries go straight to their rows.
-- Grain: one row for each episode and each of its courses; an episode without a course has one row.
-- Source: episode, course.
-- Caveat: anchors only; withdrawn episodes and courses are among them.
-- $1: the patient's key.
SELECT e.episode_key, e.episode_id, c.course_key, c.course_id
FROM episode AS e
LEFT JOIN course AS c USING (episode_key)
WHERE e.patient_key = $1;
