-- Who logged what a reader of the patient's courses is shown.
-- Grain: one row for each patient and account that wrote any version of such a fact.
-- Source: the fact tables but patient_fact, exposure, attribution and denominator; audit_event.
-- Caveat: whoever imported a file logged what stood in it.
CREATE VIEW patient_author_view AS
WITH written AS (
    SELECT e.patient_key, f.change_seq FROM episode_fact AS f JOIN episode AS e USING (episode_key)
    UNION
    SELECT e.patient_key, f.change_seq
    FROM course_fact AS f
    JOIN course AS c USING (course_key)
    JOIN episode AS e USING (episode_key)
    UNION
    SELECT e.patient_key, f.change_seq
    FROM course_agent AS f
    JOIN course AS c USING (course_key)
    JOIN episode AS e USING (episode_key)
    UNION
    SELECT patient_key, change_seq FROM observation
    UNION
    SELECT patient_key, change_seq FROM bleed
    UNION
    SELECT patient_key, change_seq FROM transfusion
    UNION
    SELECT patient_key, change_seq FROM rescue
    UNION
    SELECT patient_key, change_seq FROM other_cause
    UNION
    SELECT a.patient_key, f.change_seq FROM adverse_event_fact AS f JOIN adverse_event AS a USING (adverse_event_key)
)

SELECT DISTINCT w.patient_key, a.actor AS author
FROM written AS w
JOIN audit_event AS a ON a.seq = w.change_seq;
