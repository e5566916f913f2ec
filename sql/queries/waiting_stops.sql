-- Courses that nobody has stopped although a later course of the same patient and disease has begun.
-- Grain: one row: their number, and the patient and the course of the one begun last.
-- Source: course_fact, course, episode_fact, episode, patient_view.
-- Caveat: a course that is said to be ongoing is left in peace, and so is observation, which ends with any course.
-- $1: the sites whose patients may be amended (NULL: all).
WITH open AS MATERIALIZED (
    SELECT e.patient_key, d.disease, c.course_id, f.started_on
    FROM course_fact AS f
    JOIN course AS c USING (course_key)
    JOIN episode AS e USING (episode_key)
    JOIN episode_fact AS d ON d.episode_key = e.episode_key AND d.superseded_by IS NULL
    WHERE f.superseded_by IS NULL
        AND f.stopped_on IS NULL
        AND f.ongoing IS DISTINCT FROM 'yes'
        AND f.intent IS DISTINCT FROM 'observation'
),

begun AS (
    SELECT e.patient_key, d.disease, max(f.started_on) AS last_started_on
    FROM course_fact AS f
    JOIN course AS c USING (course_key)
    JOIN episode AS e USING (episode_key)
    JOIN episode_fact AS d ON d.episode_key = e.episode_key AND d.superseded_by IS NULL
    WHERE f.superseded_by IS NULL AND e.patient_key IN (SELECT o.patient_key FROM open AS o)
    GROUP BY e.patient_key, d.disease
)

SELECT
    count(*) AS number,
    arg_max(p.patient_id, (o.started_on, o.course_id)) AS patient_id,
    arg_max(o.course_id, (o.started_on, o.course_id)) AS course_id
FROM open AS o
JOIN begun AS b ON b.patient_key = o.patient_key AND b.disease = o.disease AND b.last_started_on > o.started_on
JOIN patient_view AS p ON p.patient_key = o.patient_key
WHERE ($1).sites IS NULL OR list_contains(($1).sites::TEXT[], p.site)
