-- Every course with its patient, its agents and its line number, as it is known now.
-- Grain: one row for each course that is not withdrawn and whose episode is not withdrawn.
-- Source: course, course_fact, course_agent_view, episode_view, patient_view.
-- Caveat: a line number that was not supplied is the rank of the start day among those of the patient's active courses
-- for the disease: active courses that begin on one day are one line (DEF-ITP-28). Whatever was supplied, observation is
-- line 0, and maintenance after an active course has no number (is_maintenance, as the judge reads intent and reason).
-- is_note: watch and wait after an active course for the disease, which ends nothing and has no response of its own.
CREATE VIEW course_view AS
WITH given AS (
    SELECT
        course_key,
        -- As string_agg(DISTINCT … ORDER BY …), in a third of its time.
        nullif(array_to_string(list_sort(list_distinct(list(agent))), '+'), '') AS agents,
        nullif(array_to_string(list_sort(list_distinct(list(agent_class))), '+'), '') AS regimen,
        bool_and(agent = 'observation') AS only_observed
    FROM course_agent_view
    GROUP BY course_key
),

line AS (
    SELECT
        c.course_id, f.*, c.episode_key,
        e.patient_id, e.patient_key, e.episode_id, e.disease, g.agents, g.regimen,
        coalesce(f.intent = 'observation', false) OR coalesce(g.only_observed, false) AS only_observed
    FROM course_fact AS f
    JOIN course AS c USING (course_key)
    JOIN episode_view AS e USING (episode_key)
    LEFT JOIN given AS g USING (course_key)
    WHERE f.superseded_by IS NULL
),

placed AS (
    SELECT
        *,
        coalesce(min(started_on) FILTER (WHERE NOT only_observed) OVER (PARTITION BY patient_key, disease) < started_on, false)
            AS follows_active
    FROM line
),

told AS (
    SELECT
        *,
        only_observed AND follows_active AS is_note,
        NOT only_observed AND follows_active
        AND coalesce(intent = 'maintenance', start_reason = 'steroid_sparing', false) AS is_maintenance
    FROM placed
),

ranked AS (
    SELECT
        *,
        dense_rank() OVER (PARTITION BY patient_key, disease, only_observed, is_maintenance ORDER BY started_on)
            AS derived_line_number
    FROM told
)

SELECT
    r.patient_id, r.episode_id, r.course_id, r.disease, p.site, r.started_on, r.stopped_on, r.ongoing,
    r.intent, r.start_reason, r.stop_reason,
    CASE
        WHEN r.only_observed THEN 0
        WHEN NOT r.is_maintenance THEN coalesce(r.line_number, r.derived_line_number)
    END::SMALLINT AS line_number,
    r.line_number AS line_number_supplied,
    r.regimen, r.agents, r.is_note, r.is_maintenance,
    r.patient_key, r.episode_key, r.course_key, r.row_key, r.version, r.change_seq
FROM ranked AS r
LEFT JOIN patient_view AS p USING (patient_key);
