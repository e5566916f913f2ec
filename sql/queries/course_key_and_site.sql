-- The key, the disease and the hospital of one course.
-- Grain: one row if there is such a course.
-- Source: course_view.
-- Caveat: $1 is the course_id.
SELECT course_key, disease, site FROM course_view WHERE course_id = $1
