-- The sites of the stored patients that an import concerns.
-- Grain: a site; NULL stands for patients without one.
-- Source: anchors and patient_fact; $1 patient, $2 episode, $3 course, $4 adverse event ids, as lists.
-- Caveat: read before the change begins, to know which permission it needs.
WITH concerned AS (
    SELECT patient_key FROM patient WHERE patient_id IN (SELECT unnest($1::TEXT[]))
    UNION
    SELECT patient_key FROM episode WHERE episode_id IN (SELECT unnest($2::TEXT[]))
    UNION
    SELECT episode.patient_key FROM course JOIN episode USING (episode_key)
    WHERE course_id IN (SELECT unnest($3::TEXT[]))
    UNION
    SELECT patient_key FROM adverse_event WHERE adverse_event_id IN (SELECT unnest($4::TEXT[]))
)
SELECT DISTINCT fact.site
FROM concerned
LEFT JOIN patient_fact AS fact ON fact.patient_key = concerned.patient_key AND fact.superseded_by IS NULL
