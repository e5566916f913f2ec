-- How many courses are to be judged.
-- Grain: one row, one number.
-- Source: course_view, call, touched.
-- Caveat: a course whose patient changed counts although its call may come out the same; $1 is the engine's version,
-- $2 the digests of the criteria in force.
WITH changed AS (
    SELECT patient_key, max(change_seq) AS change_seq FROM touched GROUP BY patient_key
),
judged AS (
    SELECT c.course_key, max(greatest(c.judged_seq, coalesce(g.until_seq, 0))) AS judged_seq
    FROM call AS c
    LEFT JOIN judging AS g USING (criteria_id)
    WHERE c.engine_version = $1 AND list_contains($2, c.criteria_hash)
    GROUP BY c.course_key
)
SELECT count(*)
FROM course_view AS v
LEFT JOIN judged AS j USING (course_key)
LEFT JOIN changed AS t ON t.patient_key = v.patient_key
WHERE j.judged_seq IS NULL OR t.change_seq > j.judged_seq
