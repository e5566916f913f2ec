-- Every course of a cohort patient, and when the next course for the same disease began.
-- Grain: one row for each course that is not withdrawn.
-- Source: course_view, cohort_patient_view.
-- Caveat: evans means that the patient has episodes of both diseases, whenever; next_on may be the same day.
CREATE VIEW cohort_course_view AS
SELECT
    c.patient_id, c.course_id, c.disease, p.site,
    p.itp_onset_on IS NOT NULL AND p.aiha_onset_on IS NOT NULL AS evans,
    c.started_on, c.stopped_on, c.ongoing, c.intent, c.line_number, c.regimen,
    lead(c.started_on) OVER (
        PARTITION BY c.patient_key, c.disease ORDER BY c.started_on, c.course_id
    ) AS next_on,
    c.patient_key, c.course_key
FROM course_view AS c
JOIN cohort_patient_view AS p USING (patient_key);
