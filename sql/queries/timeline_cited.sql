-- The rows of one patient that evidence cites, whether current or amended since.
-- Grain: one row for each cited observation, bleed, transfusion, rescue or dose step, for each course and the patient;
-- source is its code in evidence.
-- Source: observation, bleed, transfusion, rescue, course_agent, course, episode, patient.
-- Caveat: value is canonical and is for reading, of a dose step mg of prednisolone a day; a dose step has the id of its
-- course; row_key is a course_key where that is a course, 0 where it is the patient.
-- $1: the patient's key; $2: the cited row keys.
SELECT 0 AS source, row_key, observation_id AS id, analyte, comparator, canonical_e6::DOUBLE / 1000000 AS value
FROM observation
WHERE patient_key = $1 AND list_contains($2::BIGINT[], row_key)
UNION ALL
SELECT 1, row_key, bleed_id, NULL, NULL, NULL FROM bleed WHERE patient_key = $1
UNION ALL
SELECT 2, row_key, transfusion_id, NULL, NULL, NULL FROM transfusion WHERE patient_key = $1
UNION ALL
SELECT 3, row_key, rescue_id, NULL, NULL, NULL FROM rescue WHERE patient_key = $1
UNION ALL
SELECT 4, a.row_key, c.course_id, NULL, NULL, a.prednisolone_mg_e6::DOUBLE / 1000000
FROM episode AS e
JOIN course AS c USING (episode_key)
JOIN course_agent AS a USING (course_key)
WHERE e.patient_key = $1 AND list_contains($2::BIGINT[], a.row_key)
UNION ALL
SELECT 5, c.course_key, c.course_id, NULL, NULL, NULL
FROM episode AS e
JOIN course AS c USING (episode_key)
WHERE e.patient_key = $1
UNION ALL
SELECT 7, 0, patient_id, NULL, NULL, NULL FROM patient WHERE patient_key = $1;
