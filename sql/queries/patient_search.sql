-- Patients whose pseudonym contains a text, with what tells them apart, a page at a time.
-- Grain: one row for each patient that is not withdrawn; found is the number of all that match.
-- Source: patient_view, episode_view, course_fact, exposure_view.
-- Caveat: only what a list shows is read, and only for the patients of the page.
-- $1: the sites whose patients may be read (NULL: all), the text (empty: any), one site (NULL: any), one disease
-- (NULL: any; 'none': patients without an episode), how many to skip, how many to give.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], part TEXT, site TEXT, disease TEXT, skip BIGINT, take BIGINT))
),

matching AS (
    SELECT p.patient_key, p.patient_id, p.site, p.sex, p.born_on, p.last_contact_on, p.died_on
    FROM patient_view AS p
    CROSS JOIN plan
    WHERE (plan.sites IS NULL OR list_contains(plan.sites, p.site))
        AND (plan.site IS NULL OR p.site = plan.site)
        AND (plan.part = '' OR contains(upper(p.patient_id), upper(plan.part)))
        AND (
            plan.disease IS NULL
            OR (
                plan.disease <> 'none'
                AND p.patient_key IN (SELECT e.patient_key FROM episode_view AS e WHERE e.disease = plan.disease)
            )
            OR (plan.disease = 'none' AND p.patient_key NOT IN (SELECT e.patient_key FROM episode_view AS e))
        )
),

page AS (
    SELECT *
    FROM matching
    ORDER BY patient_id
    LIMIT (SELECT take FROM plan) OFFSET (SELECT skip FROM plan)
),

ill AS (
    SELECT patient_key, string_agg(disease, ' + ' ORDER BY onset_on) AS diseases, min(onset_on) AS onset_on
    FROM episode_view
    WHERE patient_key IN (SELECT patient_key FROM page)
    GROUP BY patient_key
),

lines AS (
    SELECT e.patient_key, count(*) AS courses
    FROM episode AS e
    JOIN course AS c USING (episode_key)
    JOIN course_fact AS f ON f.course_key = c.course_key AND f.superseded_by IS NULL
    WHERE e.patient_key IN (SELECT patient_key FROM page)
    GROUP BY e.patient_key
)

SELECT
    g.patient_id, g.site, g.sex, g.born_on, i.diseases, i.onset_on, coalesce(l.courses, 0) AS courses,
    g.last_contact_on, g.died_on,
    (SELECT count(*) FROM matching) AS found
FROM page AS g
LEFT JOIN ill AS i USING (patient_key)
LEFT JOIN lines AS l USING (patient_key)
ORDER BY g.patient_id;
