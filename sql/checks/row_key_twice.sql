-- a row key names one row of the whole registry
-- Grain: one row for each key that names more.
-- Source: all fact tables.
-- Caveat: reads one column of every fact.
SELECT row_key, count(*) AS times
FROM (
    SELECT row_key FROM patient_fact
    UNION ALL
    SELECT row_key FROM exposure
    UNION ALL
    SELECT row_key FROM episode_fact
    UNION ALL
    SELECT row_key FROM course_fact
    UNION ALL
    SELECT row_key FROM course_agent
    UNION ALL
    SELECT row_key FROM observation
    UNION ALL
    SELECT row_key FROM bleed
    UNION ALL
    SELECT row_key FROM transfusion
    UNION ALL
    SELECT row_key FROM rescue
    UNION ALL
    SELECT row_key FROM other_cause
    UNION ALL
    SELECT row_key FROM adverse_event_fact
    UNION ALL
    SELECT row_key FROM attribution
    UNION ALL
    SELECT row_key FROM denominator
    UNION ALL
    SELECT row_key FROM missing_value
    UNION ALL
    SELECT row_key FROM outcome
    UNION ALL
    SELECT row_key FROM comedication
    UNION ALL
    SELECT row_key FROM consent
    UNION ALL
    SELECT row_key FROM sign
    UNION ALL
    SELECT row_key FROM proposal_answer
)
GROUP BY row_key
HAVING count(*) > 1
