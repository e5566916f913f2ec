-- nothing ends before it starts
-- Grain: one row for each version of a fact that does.
-- Source: all fact tables with two dates.
-- Caveat: repeats the CHECKs of the tables, for files that were altered outside the program.
SELECT 'patient_fact' AS fact, row_key, born_on AS earlier, last_contact_on AS later FROM patient_fact WHERE last_contact_on < born_on
UNION ALL
SELECT 'patient_fact' AS fact, row_key, born_on AS earlier, died_on AS later FROM patient_fact WHERE died_on < born_on
UNION ALL
SELECT 'exposure' AS fact, row_key, started_on AS earlier, ended_on AS later FROM exposure WHERE ended_on < started_on
UNION ALL
SELECT 'episode_fact' AS fact, row_key, onset_on AS earlier, ended_on AS later FROM episode_fact WHERE ended_on < onset_on
UNION ALL
SELECT 'course_fact' AS fact, row_key, started_on AS earlier, stopped_on AS later FROM course_fact WHERE stopped_on < started_on
UNION ALL
SELECT 'course_agent' AS fact, row_key, started_on AS earlier, stopped_on AS later FROM course_agent WHERE stopped_on < started_on
UNION ALL
SELECT 'bleed' AS fact, row_key, started_on AS earlier, ended_on AS later FROM bleed WHERE ended_on < started_on
UNION ALL
SELECT 'other_cause' AS fact, row_key, started_on AS earlier, ended_on AS later FROM other_cause WHERE ended_on < started_on
UNION ALL
SELECT 'adverse_event_fact' AS fact, row_key, onset_on AS earlier, ended_on AS later FROM adverse_event_fact WHERE ended_on < onset_on
UNION ALL
SELECT 'comedication' AS fact, row_key, started_on AS earlier, ended_on AS later FROM comedication WHERE ended_on < started_on
UNION ALL
SELECT 'sign' AS fact, row_key, noticed_on AS earlier, ended_on AS later FROM sign WHERE ended_on < noticed_on
UNION ALL
SELECT 'denominator' AS fact, row_key, from_on AS earlier, to_on AS later FROM denominator WHERE to_on < from_on
