-- Which classes of agents have failed a patient, and when: the derived list that stands in for "refractory".
-- Grain: one row for each patient, disease and class that failed under a criteria set, with the first day it did.
-- Source: final_response_view, course_view.
-- Caveat: a course fails by no response (dated at its start) or by relapse; a combination fails with each class
-- (DEF-ITP-19). The final response counts, and provenance says whose it is. Not for a blind reader.
CREATE VIEW failed_class_view AS
WITH failed AS (
    SELECT
        v.patient_id, v.patient_key, v.disease, f.criteria_id, f.provenance,
        unnest(string_split(v.regimen, '+')) AS agent_class,
        CASE WHEN f.best_response = 'NR' THEN v.started_on ELSE f.relapsed_on END AS failed_on,
        CASE WHEN f.best_response = 'NR' THEN 'no_response' ELSE 'relapse' END AS failed_by
    FROM final_response_view AS f
    JOIN course_view AS v USING (course_key)
    WHERE f.best_response = 'NR' OR f.relapsed_on IS NOT NULL
)

SELECT
    patient_id, disease, criteria_id, agent_class, min(failed_on) AS failed_on,
    arg_min(failed_by, failed_on) AS failed_by, arg_min(provenance, failed_on) AS provenance, patient_key
FROM failed
GROUP BY patient_id, patient_key, disease, criteria_id, agent_class;
