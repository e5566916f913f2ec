-- the versions of a fact are numbered 1, 2, 3 without gaps
-- Grain: one row for each fact whose versions are not.
-- Source: all fact tables.
-- Caveat: a fact is what its identifying columns name.
SELECT 'patient_fact' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM patient_fact GROUP BY patient_key HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'exposure' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM exposure GROUP BY patient_key, exposure_id HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'episode_fact' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM episode_fact GROUP BY episode_key HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'course_fact' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM course_fact GROUP BY course_key HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'course_agent' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM course_agent GROUP BY course_key, agent, started_on HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'observation' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM observation GROUP BY patient_key, observation_id HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'bleed' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM bleed GROUP BY patient_key, bleed_id HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'transfusion' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM transfusion GROUP BY patient_key, transfusion_id HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'rescue' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM rescue GROUP BY patient_key, rescue_id HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'other_cause' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM other_cause GROUP BY patient_key, started_on, disease, cause HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'adverse_event_fact' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM adverse_event_fact GROUP BY adverse_event_key HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'attribution' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM attribution GROUP BY adverse_event_key, course_key HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'denominator' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM denominator GROUP BY cohort, setting, from_on, to_on HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'missing_value' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM missing_value GROUP BY patient_key, table_name, fact_id, column_name HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'outcome' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM outcome GROUP BY patient_key, outcome_id HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'comedication' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM comedication GROUP BY patient_key, comedication_id HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'consent' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM consent GROUP BY patient_key, consent_id HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'sign' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM sign GROUP BY patient_key, sign_id HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
UNION ALL
SELECT 'proposal_answer' AS fact, min(row_key) AS first_row, max(version) AS highest_version, count(*) AS versions
FROM proposal_answer GROUP BY patient_key, first_observation_id, confirming_observation_id HAVING max(version) <> count(*) OR count(DISTINCT version) <> count(*)
