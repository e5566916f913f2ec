-- Which regimens and lines there are to choose from.
-- Grain: one row for each regimen and line.
-- Source: course_view.
-- Caveat: of all patients, whatever is chosen.
-- $1: the sites whose patients may be read (NULL: all).
SELECT regimen, line_number, count(*) AS courses
FROM course_view
WHERE ($1::TEXT[] IS NULL OR list_contains($1::TEXT[], site))
    AND regimen IS NOT NULL
GROUP BY ALL
ORDER BY regimen, line_number;
