-- What still hangs on the anchors of a fact that is about to be withdrawn.
-- Grain: one row for each kind of current fact, with its number.
-- $1 patient_key, $2 episode_key, $3 course_key, $4 adverse_event_key; NULL leaves a kind of anchor out.
-- Source: all fact tables.
-- Caveat: the fact itself is not counted.
SELECT fact, count(*) AS n
FROM (
    SELECT 'exposure' AS fact FROM exposure WHERE superseded_by IS NULL AND patient_key = $1
    UNION ALL
    SELECT 'observation' FROM observation WHERE superseded_by IS NULL AND patient_key = $1
    UNION ALL
    SELECT 'bleed' FROM bleed WHERE superseded_by IS NULL AND patient_key = $1
    UNION ALL
    SELECT 'transfusion' FROM transfusion WHERE superseded_by IS NULL AND patient_key = $1
    UNION ALL
    SELECT 'rescue' FROM rescue WHERE superseded_by IS NULL AND patient_key = $1
    UNION ALL
    SELECT 'other_cause' FROM other_cause WHERE superseded_by IS NULL AND patient_key = $1
    UNION ALL
    SELECT 'outcome' FROM outcome WHERE superseded_by IS NULL AND patient_key = $1
    UNION ALL
    SELECT 'comedication' FROM comedication WHERE superseded_by IS NULL AND patient_key = $1
    UNION ALL
    SELECT 'consent' FROM consent WHERE superseded_by IS NULL AND patient_key = $1
    UNION ALL
    SELECT 'sign' FROM sign WHERE superseded_by IS NULL AND patient_key = $1
    UNION ALL
    SELECT 'proposal_answer' FROM proposal_answer WHERE superseded_by IS NULL AND patient_key = $1
    UNION ALL
    SELECT 'episode' FROM episode_view WHERE patient_key = $1
    UNION ALL
    SELECT 'adverse_event' FROM adverse_event_view WHERE patient_key = $1
    UNION ALL
    SELECT 'course'
    FROM course_fact AS f
    JOIN course AS c USING (course_key)
    WHERE f.superseded_by IS NULL AND c.episode_key = $2
    UNION ALL
    SELECT 'course_agent' FROM course_agent WHERE superseded_by IS NULL AND course_key = $3
    UNION ALL
    SELECT 'attribution'
    FROM attribution
    WHERE superseded_by IS NULL AND (course_key = $3 OR adverse_event_key = $4)
)
GROUP BY fact
ORDER BY fact
