-- The overall response of each course given in Evans syndrome (DEF-EV-01).
-- Grain: one row for each course that began once both lineages had been diagnosed, and each criteria set of its own.
-- Source: final_response_view, course_view, other_lineage_call, episode_view.
-- Caveat: a lineage that was not active at the start does not count; where that is not known the overall response is NE.
-- The own response is the final one, and provenance says whose it is; people judge one lineage of a course, so the other
-- is always the machine's. Not for a blind reader.
CREATE VIEW overall_response_view AS
WITH onset AS (
    SELECT patient_key, max(onset_on) AS evans_onset_on
    FROM (SELECT patient_key, disease, min(onset_on) AS onset_on FROM episode_view GROUP BY patient_key, disease)
    GROUP BY patient_key
    HAVING count(*) = 2
)

SELECT
    v.patient_id, v.course_id, v.disease, c.criteria_id, n.evans_onset_on,
    c.best_response AS own_response,
    c.provenance,
    o.best_response AS other_response,
    o.active_at_start AS other_active_at_start,
    CASE
        WHEN o.course_key IS NULL OR NOT o.active_at_start THEN c.best_response
        WHEN o.active_at_start IS NULL THEN 'NE'
        WHEN 'NR' IN (c.best_response, o.best_response) THEN 'NR'
        WHEN 'NE' IN (c.best_response, o.best_response) THEN 'NE'
        WHEN 'PR' IN (c.best_response, o.best_response) THEN 'PR'
        WHEN 'R' IN (c.best_response, o.best_response) THEN 'R'
        ELSE 'CR'
    END AS overall_response,
    c.course_key, c.patient_key
FROM final_response_view AS c
JOIN course_view AS v USING (course_key)
JOIN onset AS n ON n.patient_key = c.patient_key AND v.started_on >= n.evans_onset_on
LEFT JOIN other_lineage_call AS o ON o.course_key = c.course_key;
