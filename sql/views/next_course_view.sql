-- How long each course lasted until the next one.
-- Grain: one row for each current course.
-- Source: course_view, patient_view, last_recorded_view.
-- Caveat: days to the patient's next course for the same disease or death, else to the last day on which anything is
-- recorded of the patient (DEF-STAT-04); rescue does not count, nor do watch and wait and
-- maintenance after an active course.
CREATE VIEW next_course_view AS
WITH followed AS (
    SELECT
        c.*, p.died_on, r.last_on,
        min(CASE WHEN NOT c.is_note AND NOT c.is_maintenance THEN c.started_on END) OVER (
            PARTITION BY c.patient_key, c.disease ORDER BY c.started_on
            RANGE BETWEEN INTERVAL 1 DAY FOLLOWING AND UNBOUNDED FOLLOWING
        ) AS next_started_on
    FROM course_view AS c
    LEFT JOIN patient_view AS p USING (patient_key)
    LEFT JOIN last_recorded_view AS r USING (patient_key)
)

SELECT
    course_id, next_started_on,
    coalesce(next_started_on, died_on, last_on) - started_on AS ttnt_days,
    CASE
        WHEN next_started_on IS NOT NULL THEN 'event'
        WHEN died_on IS NOT NULL THEN 'death'
        WHEN last_on IS NOT NULL THEN 'censored'
    END AS ttnt_status,
    course_key, patient_key
FROM followed;
