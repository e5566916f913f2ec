-- Courses whose call is to be made: those never judged, and those of patients who changed since.
-- Grain: one row: courses never judged, courses with a stale call, the pseudonym of the patient changed last of them.
-- Source: course_fact, course, episode_fact, episode, patient_view, call, judging, touched.
-- Caveat: under the default criteria of each disease.
-- $1: the sites whose calls may be read (NULL: all), the criteria that judge each disease.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], itp TEXT, aiha TEXT))
),

changed AS (
    SELECT patient_key, max(change_seq) AS change_seq
    FROM touched
    GROUP BY patient_key
),

judged AS (
    SELECT
        e.patient_key, t.change_seq,
        j.course_key IS NULL AS unjudged,
        coalesce(j.course_key IS NOT NULL AND t.change_seq > greatest(j.judged_seq, coalesce(g.until_seq, 0)), false)
            AS stale
    FROM course_fact AS f
    JOIN course AS c USING (course_key)
    JOIN episode AS e USING (episode_key)
    JOIN episode_fact AS d ON d.episode_key = e.episode_key AND d.superseded_by IS NULL
    CROSS JOIN plan
    LEFT JOIN call AS j
        ON j.course_key = f.course_key
        AND j.criteria_id = CASE d.disease WHEN 'ITP' THEN plan.itp ELSE plan.aiha END
    LEFT JOIN judging AS g ON g.criteria_id = j.criteria_id
    LEFT JOIN changed AS t ON t.patient_key = e.patient_key
    WHERE f.superseded_by IS NULL
)

SELECT
    count(*) FILTER (j.unjudged) AS unjudged, count(*) FILTER (j.stale) AS stale,
    arg_max(p.patient_id, (coalesce(j.change_seq, 0), -p.patient_key)) AS last_patient
FROM judged AS j
JOIN patient_view AS p USING (patient_key)
CROSS JOIN plan
WHERE (j.unjudged OR j.stale) AND (plan.sites IS NULL OR list_contains(plan.sites, p.site))
