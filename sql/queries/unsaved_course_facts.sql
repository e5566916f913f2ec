-- What is known about the courses of one patient, with what is being filled in for one of them.
-- Grain: one row for each course.
-- Source: course_fact; course, which stands for the courses of the patient.
-- Caveat: $1 course_key, $2 its unsaved fact as a list of one; stands in for course_fact within a snapshot.
SELECT *
FROM main.course_fact
WHERE superseded_by IS NULL AND course_key <> $1 AND course_key IN (SELECT course_key FROM course)
UNION ALL BY NAME
SELECT
    unnest(
        $2::STRUCT(
            course_key INTEGER, started_on DATE, stopped_on DATE, intent TEXT, start_reason TEXT, stop_reason TEXT
        )[],
        recursive := true
    )
