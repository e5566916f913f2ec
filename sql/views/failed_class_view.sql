-- Which classes of agents have failed a patient, and when: the derived list that stands in for "refractory".
-- Grain: one row for each patient, disease and class that failed under a criteria set, with the first day it did.
-- Source: call_view.
-- Caveat: a course fails by no response (dated at its start) or by relapse; a combination fails with each class (DEF-ITP-19).
CREATE VIEW failed_class_view AS
WITH failed AS (
    SELECT
        patient_id, patient_key, disease, criteria_id, unnest(string_split(regimen, '+')) AS agent_class,
        CASE WHEN best_response = 'NR' THEN started_on ELSE relapsed_on END AS failed_on,
        CASE WHEN best_response = 'NR' THEN 'no_response' ELSE 'relapse' END AS failed_by
    FROM call_view
    WHERE best_response = 'NR' OR relapsed_on IS NOT NULL
)

SELECT
    patient_id, disease, criteria_id, agent_class, min(failed_on) AS failed_on,
    arg_min(failed_by, failed_on) AS failed_by, patient_key
FROM failed
GROUP BY patient_id, patient_key, disease, criteria_id, agent_class;
