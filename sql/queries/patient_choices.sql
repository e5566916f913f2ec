-- What patients can be narrowed down to.
-- Grain: one row for each class given in a course, and each setting of an exposure.
-- Source: course_agent, exposure.
-- Caveat: of the whole registry; it names no patient and no site.
SELECT DISTINCT 'class' AS kind, agent_class AS word
FROM course_agent
WHERE superseded_by IS NULL
UNION ALL
SELECT DISTINCT 'setting', setting
FROM exposure
WHERE superseded_by IS NULL
ORDER BY kind, word
