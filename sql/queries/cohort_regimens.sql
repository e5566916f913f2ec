-- Which regimens and lines there are to choose from.
-- Grain: one row for each regimen and line; the line is empty for maintenance.
-- Source: course_view, shared_start_view, counted_patient_view.
-- Caveat: of all patients who may be counted, whatever is chosen; courses that began on one day count beside their own regimens under that
-- of all their agents.
-- $1: the sites whose patients may be read (NULL: all).
WITH given AS (
    SELECT regimen, line_number, site FROM course_view SEMI JOIN counted_patient_view USING (patient_key)
    UNION ALL
    SELECT regimen, line_number, site FROM shared_start_view SEMI JOIN counted_patient_view USING (patient_key)
)

SELECT regimen, line_number, count(*) AS courses
FROM given
WHERE ($1::TEXT[] IS NULL OR list_contains($1::TEXT[], site))
    AND regimen IS NOT NULL
GROUP BY ALL
ORDER BY regimen, line_number;
