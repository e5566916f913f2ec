-- How long responses lasted.
-- Grain: one row for each regimen, number of days and status, with the number of responding courses that share it.
-- Source: cohort_course.
-- Caveat: days from onset to the loss (event), to death in response (death), or to the last count in response
-- (censored). What started in response has no response of its own.
SELECT
    disease, evans, line_number, regimen,
    duration_status AS status,
    duration_of_response_days AS days,
    count(*) AS number
FROM cohort_course
WHERE responded
GROUP BY ALL;
