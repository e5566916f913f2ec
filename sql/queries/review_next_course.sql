-- When the next course of a patient for the same disease began.
-- Grain: one row, empty if there is none.
-- Source: course_fact, course, episode, episode_fact.
-- Caveat: $1 is the patient_key, $2 the disease, $3 the start of the course.
SELECT min(f.started_on) AS next_on
FROM episode AS e
JOIN episode_fact AS d ON d.episode_key = e.episode_key AND d.superseded_by IS NULL
JOIN course AS c ON c.episode_key = e.episode_key
JOIN course_fact AS f ON f.course_key = c.course_key AND f.superseded_by IS NULL
WHERE e.patient_key = $1 AND d.disease = $2 AND f.started_on > $3
