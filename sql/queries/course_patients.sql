-- Every course with its patient and its disease.
-- Grain: one row for each current course.
-- Source: course_view.
-- Caveat: none beyond those of course_view.
SELECT course_id, course_key, patient_key, disease FROM course_view
