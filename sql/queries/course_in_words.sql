-- What a course was: its agents and why it began.
-- Grain: one row.
-- Source: course, course_fact, course_agent, which stand for those of one patient.
-- Caveat: $1 is the course_id.
SELECT
    (
        SELECT string_agg(DISTINCT a.agent, ' + ' ORDER BY a.agent)
        FROM course_agent AS a
        WHERE a.course_key = c.course_key
    ) AS agents,
    f.start_reason
FROM course AS c
JOIN course_fact AS f USING (course_key)
WHERE c.course_id = $1
