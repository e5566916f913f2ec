-- The highest key of the course anchors, 0 if there is none. Grain: one row.
SELECT coalesce(max(course_key), 0) AS highest FROM course
