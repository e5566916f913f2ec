-- How long the responses to the chosen courses lasted.
-- Grain: one row for each disease, regimen, line, number of days and status, with the number of responses.
-- Source: cohort_course.
-- Caveat: days from onset to the loss (event), to death in response (death), or to the last count in response
-- (censored). Observation is left out.
SELECT
    disease, regimen, line_number,
    duration_status AS status, duration_of_response_days AS days,
    count(*) AS number
FROM cohort_course
WHERE chosen AND aims AND responded AND duration_of_response_days IS NOT NULL
GROUP BY ALL;
