-- The courses of one patient.
-- Grain: one row for each course that was ever logged.
-- Source: course, episode.
-- Caveat: $1 is the patient_key.
SELECT c.course_key FROM course AS c JOIN episode AS e USING (episode_key) WHERE e.patient_key = $1
