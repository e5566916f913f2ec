-- What is known now of one patient's courses, in order of start.
-- Grain: one row for each course that is not withdrawn.
-- Source: course_fact.
-- Caveat: plain and by key, as for episodes; disease, regimen and the derived line number are put to it by the reader,
-- as course_view has them.
-- $1, $2: the lowest and the highest key of the patient's courses; $3: all of them.
SELECT course_key, line_number, started_on, stopped_on, ongoing, intent, start_reason, stop_reason
FROM course_fact
WHERE course_key BETWEEN $1 AND $2 AND list_contains($3::INTEGER[], course_key) AND superseded_by IS NULL;
