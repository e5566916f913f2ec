-- a fact has at most one current version
-- Grain: one row for each fact that has more.
-- Source: all fact tables.
-- Caveat: a fact is what its identifying columns name.
SELECT 'patient_fact' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM patient_fact WHERE superseded_by IS NULL GROUP BY patient_key HAVING count(*) > 1
UNION ALL
SELECT 'exposure' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM exposure WHERE superseded_by IS NULL GROUP BY patient_key, exposure_id HAVING count(*) > 1
UNION ALL
SELECT 'episode_fact' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM episode_fact WHERE superseded_by IS NULL GROUP BY episode_key HAVING count(*) > 1
UNION ALL
SELECT 'course_fact' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM course_fact WHERE superseded_by IS NULL GROUP BY course_key HAVING count(*) > 1
UNION ALL
SELECT 'course_agent' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM course_agent WHERE superseded_by IS NULL GROUP BY course_key, agent, started_on HAVING count(*) > 1
UNION ALL
SELECT 'observation' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM observation WHERE superseded_by IS NULL GROUP BY patient_key, observation_id HAVING count(*) > 1
UNION ALL
SELECT 'bleed' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM bleed WHERE superseded_by IS NULL GROUP BY patient_key, bleed_id HAVING count(*) > 1
UNION ALL
SELECT 'transfusion' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM transfusion WHERE superseded_by IS NULL GROUP BY patient_key, transfusion_id HAVING count(*) > 1
UNION ALL
SELECT 'rescue' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM rescue WHERE superseded_by IS NULL GROUP BY patient_key, rescue_id HAVING count(*) > 1
UNION ALL
SELECT 'other_cause' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM other_cause WHERE superseded_by IS NULL GROUP BY patient_key, started_on, disease, cause HAVING count(*) > 1
UNION ALL
SELECT 'adverse_event_fact' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM adverse_event_fact WHERE superseded_by IS NULL GROUP BY adverse_event_key HAVING count(*) > 1
UNION ALL
SELECT 'attribution' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM attribution WHERE superseded_by IS NULL GROUP BY adverse_event_key, course_key HAVING count(*) > 1
UNION ALL
SELECT 'denominator' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM denominator WHERE superseded_by IS NULL GROUP BY cohort, setting, from_on, to_on HAVING count(*) > 1
UNION ALL
SELECT 'missing_value' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM missing_value WHERE superseded_by IS NULL GROUP BY patient_key, table_name, fact_id, column_name HAVING count(*) > 1
UNION ALL
SELECT 'outcome' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM outcome WHERE superseded_by IS NULL GROUP BY patient_key, outcome_id HAVING count(*) > 1
UNION ALL
SELECT 'comedication' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM comedication WHERE superseded_by IS NULL GROUP BY patient_key, comedication_id HAVING count(*) > 1
UNION ALL
SELECT 'consent' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM consent WHERE superseded_by IS NULL GROUP BY patient_key, consent_id HAVING count(*) > 1
UNION ALL
SELECT 'sign' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM sign WHERE superseded_by IS NULL GROUP BY patient_key, sign_id HAVING count(*) > 1
UNION ALL
SELECT 'proposal_answer' AS fact, min(row_key) AS first_row, count(*) AS versions
FROM proposal_answer WHERE superseded_by IS NULL GROUP BY patient_key, first_observation_id, confirming_observation_id HAVING count(*) > 1
