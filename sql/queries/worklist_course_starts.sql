-- Surveillance: the days on which a course of the patients whom a protocol watches starts.
-- Grain: one row for each current course, of either disease, that starts by the day asked.
-- Source: watched (worklist_watched.sql); current rows of course_fact and episode.
-- Caveat: on such a day the time of a count decides nothing (adjudication/day_values.py).
-- $1: the plan (worklist_watched.sql).
SELECT number, started_on
FROM course_fact
JOIN course USING (course_key)
JOIN episode USING (episode_key)
JOIN watched USING (patient_key)
WHERE superseded_by IS NULL AND started_on <= ($1).as_of
