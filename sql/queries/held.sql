-- How much the registry holds at the sites that may be read.
-- Grain: one row: patients, courses, sites.
-- Source: patient_fact, episode, course, course_fact.
-- Caveat: a patient without a site counts as a patient of the whole registry, and as no site.
-- $1: the sites whose patients may be read (NULL: all).
WITH readable AS (
    SELECT patient_key, site
    FROM patient_fact
    WHERE superseded_by IS NULL AND ($1::TEXT[] IS NULL OR list_contains($1::TEXT[], site))
)

SELECT
    (SELECT count(*) FROM readable) AS patients,
    (
        SELECT count(*)
        FROM course_fact AS f
        JOIN course AS c USING (course_key)
        JOIN episode AS e USING (episode_key)
        JOIN readable USING (patient_key)
        WHERE f.superseded_by IS NULL
    ) AS courses,
    (SELECT count(DISTINCT site) FROM readable) AS sites
