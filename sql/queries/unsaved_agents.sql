-- The dose steps of the courses of one patient, with those being filled in for one of them.
-- Grain: one row for each step.
-- Source: course_agent; course, which stands for the courses of the patient.
-- Caveat: $1 course_key, $2 whether its stored steps stay, $3 its unsaved steps; stands in for course_agent within a
-- snapshot.
SELECT *
FROM main.course_agent
WHERE superseded_by IS NULL AND (course_key <> $1 OR $2) AND course_key IN (SELECT course_key FROM course)
UNION ALL BY NAME
SELECT
    unnest(
        $3::STRUCT(
            course_key INTEGER, agent TEXT, started_on DATE, stopped_on DATE, prednisolone_mg_e6 BIGINT
        )[],
        recursive := true
    )
