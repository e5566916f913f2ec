-- The identifiers of what belongs to one patient, as subjects of the audit trail and of drafts name them.
-- Grain: one row for each episode, course, adverse event, case of review and query.
-- Source: patient, episode, course, adverse_event, review_case, value_query.
-- Caveat: $1 is the patient_id; whatever is withdrawn is here too.
WITH mine AS (
    SELECT patient_key FROM patient WHERE patient_id = $1
)

SELECT episode_id AS name FROM episode SEMI JOIN mine USING (patient_key)
UNION
SELECT course_id FROM course JOIN episode USING (episode_key) SEMI JOIN mine USING (patient_key)
UNION
SELECT adverse_event_id FROM adverse_event SEMI JOIN mine USING (patient_key)
UNION
SELECT case_id FROM review_case SEMI JOIN mine USING (patient_key)
UNION
SELECT query_id FROM value_query SEMI JOIN mine USING (patient_key)
