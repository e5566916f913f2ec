-- Patients worth a look on a first visit: one who relapsed, one who cannot be judged, one with Evans syndrome.
-- Grain: at most one row for each kind.
-- Source: course_fact, episode_view, patient_view, final_response_view.
-- Caveat: the first by pseudonym of those with a relapse; without the right to see calls only the kinds that show none.
-- $1: the sites whose patients may be read (NULL: all), the default criteria, whether calls may be read.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], criteria TEXT[], calls BOOLEAN))
),

line AS (
    SELECT p.patient_id, c.course_id, c.course_key, e.patient_key
    FROM course AS c
    JOIN course_fact AS f ON f.course_key = c.course_key AND f.superseded_by IS NULL
    JOIN episode AS e USING (episode_key)
    JOIN patient_view AS p USING (patient_key)
    CROSS JOIN plan
    WHERE plan.sites IS NULL OR list_contains(plan.sites, p.site)
),

judged AS (
    SELECT l.patient_id, l.course_id, j.*
    FROM final_response_view AS j
    JOIN line AS l USING (course_key)
    CROSS JOIN plan
    WHERE plan.calls AND list_contains(plan.criteria, j.criteria_id)
),

relapsed AS (
    SELECT
        'relapse' AS kind, patient_id, course_id,
        'a response from ' || strftime(onset_on, '%-d %b %Y') || ', lost on ' || strftime(relapsed_on, '%-d %b %Y')
            || CASE provenance WHEN 'decision' THEN ', as people decided' ELSE '' END AS said
    FROM judged
    WHERE relapsed_on IS NOT NULL
    ORDER BY patient_id, course_id
    LIMIT 1
),

unjudged AS (
    SELECT 'not evaluable' AS kind, patient_id, course_id, 
        CASE
            WHEN reason IS NOT NULL THEN replace(reason, '_', ' ')
            WHEN provenance = 'decision' THEN 'people found that it cannot be judged'
            ELSE 'no reason'
        END AS said
    FROM judged
    WHERE best_response = 'NE'
    ORDER BY patient_id, course_id
    LIMIT 1
),

both_diseases AS (
    SELECT 'evans' AS kind, patient_id, min(course_id) AS course_id, '' AS said
    FROM line
    WHERE patient_key IN (
        SELECT v.patient_key FROM episode_view AS v GROUP BY v.patient_key HAVING count(DISTINCT v.disease) > 1
    )
    GROUP BY patient_id
    ORDER BY patient_id
    LIMIT 1
),

some_facts AS (
    SELECT 'facts' AS kind, patient_id, min(course_id) AS course_id, '' AS said
    FROM line
    GROUP BY patient_id
    ORDER BY patient_id
    LIMIT 1
)

SELECT * FROM relapsed
UNION ALL
SELECT * FROM unjudged
UNION ALL
SELECT * FROM both_diseases
UNION ALL
SELECT * FROM some_facts
