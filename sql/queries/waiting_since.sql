-- What others did since a change: patients changed, courses judged.
-- Grain: one row: patients changed and the one changed last, courses judged and the patient of the one judged last.
-- Source: touched, audit_event, patient_view, call.
-- Caveat: a patient's calls are stored together when the patient is judged alone, so that a course judged anew may have
--   kept its call.
-- $1: the sites whose calls may be read (NULL: all), the change, the person whose own changes do not count, the criteria.
WITH plan AS (
    SELECT unnest($1::STRUCT(sites TEXT[], since BIGINT, me TEXT, criteria TEXT[]))
),

readable AS (
    SELECT p.patient_key, p.patient_id
    FROM patient_view AS p
    CROSS JOIN plan
    WHERE plan.sites IS NULL OR list_contains(plan.sites, p.site)
),

changed AS (
    SELECT count(DISTINCT r.patient_key) AS patients, arg_max(r.patient_id, (t.change_seq, -r.patient_key)) AS last_one
    FROM touched AS t
    JOIN audit_event AS e ON e.seq = t.change_seq
    JOIN readable AS r USING (patient_key)
    CROSS JOIN plan
    WHERE t.change_seq > ($1).since AND e.actor <> plan.me
),

judged AS (
    SELECT count(*) AS courses, arg_max(r.patient_id, (c.judged_seq, -r.patient_key)) AS last_one
    FROM call AS c
    JOIN readable AS r USING (patient_key)
    WHERE c.judged_seq >= ($1).since AND list_contains(($1).criteria::TEXT[], c.criteria_id)
)

SELECT changed.patients, changed.last_one, judged.courses, judged.last_one
FROM changed
CROSS JOIN judged
