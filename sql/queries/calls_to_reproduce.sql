-- The stored calls of some patients that the record must give again.
-- Grain: one row for each call under the criteria, with the columns of call and the course_id.
-- Source: call, course, touched, judging.
-- Caveat: $1 is the criteria set, $2 its digest, $3 the engine's version, $4 and $5 the first and last patient_key;
-- left out are calls whose patient has changed since they were made.
WITH changed AS (
    SELECT patient_key, max(change_seq) AS change_seq
    FROM touched
    WHERE patient_key BETWEEN $4 AND $5
    GROUP BY patient_key
)
SELECT c.*, k.course_id
FROM call AS c
JOIN course AS k USING (course_key)
LEFT JOIN judging AS g USING (criteria_id)
LEFT JOIN changed AS t ON t.patient_key = c.patient_key
WHERE c.criteria_id = $1
    AND c.criteria_hash = $2
    AND c.engine_version = $3
    AND c.patient_key BETWEEN $4 AND $5
    AND coalesce(t.change_seq, 0) <= greatest(c.judged_seq, coalesce(g.until_seq, 0))
