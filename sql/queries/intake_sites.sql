-- The sites of the stored patients that an import concerns. $1 patient ids, $2 episode ids, $3 course ids,
-- $4 adverse event ids, as lists. Grain: a site; NULL for a patient without one.
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
