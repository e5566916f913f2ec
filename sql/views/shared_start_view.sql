-- Courses of one episode that began on one day: figures count them once, under the regimen of all their agents.
-- Grain: one row for each episode and day on which more than one of its courses began.
-- Source: course_view.
-- Caveat: DEF-ITP-28; observation beside an active course adds nothing to its regimen.
CREATE VIEW shared_start_view AS
SELECT
    patient_key, episode_key, started_on,
    any_value(patient_id) AS patient_id,
    any_value(disease) AS disease,
    any_value(site) AS site,
    list_sort(list(course_id)) AS course_ids,
    list_sort(list(course_key)) AS course_keys,
    nullif(array_to_string(list_sort(list_distinct(flatten(
        list(string_split(regimen, '+')) FILTER (WHERE line_number IS DISTINCT FROM 0)
    ))), '+'), '') AS regimen,
    nullif(array_to_string(list_sort(list_distinct(flatten(
        list(string_split(agents, '+')) FILTER (WHERE line_number IS DISTINCT FROM 0)
    ))), '+'), '') AS agents,
    min(line_number) FILTER (WHERE line_number > 0) AS line_number,
    -- Maintenance alone, or observation alone, stays what it is.
    bool_and(is_maintenance) AS is_maintenance,
    bool_and(is_note) AS is_note,
    bool_and(line_number IS NOT DISTINCT FROM 0) AS is_observed,
    CASE WHEN bool_and(stopped_on IS NOT NULL) THEN max(stopped_on) END AS stopped_on,
    CASE WHEN bool_or(ongoing = 'yes') THEN 'yes' WHEN bool_and(ongoing = 'no') THEN 'no' END AS ongoing
FROM course_view
GROUP BY patient_key, episode_key, started_on
HAVING count(*) > 1;
