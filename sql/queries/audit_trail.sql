-- The audit trail, newest first, a page at a time.
-- Grain: one row for each audit event; found is the number of all that match.
-- Source: audit_event, touched, patient.
-- Caveat: times are UTC; an event of several sites is shown to whoever may see all of them; a patient's events are those
-- that wrote the patient's facts and those whose subject names the pseudonym.
-- $1: the sites whose events may be seen, as the audit trail writes them (NULL: all), a person, an action, a patient
-- (NULL: any), the first day and the day after the last (NULL: unbounded), how many to skip, how many to give.
WITH plan AS (
    SELECT
        unnest(
            $1::STRUCT(
                sites TEXT[], person TEXT, action TEXT, patient TEXT, from_on DATE, to_on DATE, skip BIGINT, take BIGINT
            )
        )
),

of_patient AS (
    SELECT t.change_seq
    FROM touched AS t
    JOIN patient AS p USING (patient_key)
    CROSS JOIN plan
    WHERE p.patient_id = plan.patient
),

matching AS (
    SELECT
        e.seq, e.recorded_at, e.actor, e.role, e.action, e.subject, e.site, e.reason, e.before, e.after
    FROM audit_event AS e
    CROSS JOIN plan
    WHERE (plan.sites IS NULL OR list_has_all(plan.sites, string_split(e.site, ',')))
        AND (plan.person IS NULL OR e.actor = plan.person)
        AND (plan.action IS NULL OR e.action = plan.action)
        AND (plan.from_on IS NULL OR e.recorded_at >= plan.from_on)
        AND (plan.to_on IS NULL OR e.recorded_at < plan.to_on)
        AND (
            plan.patient IS NULL
            OR e.seq IN (SELECT o.change_seq FROM of_patient AS o)
            OR list_contains(string_split(e.subject, ' '), plan.patient)
        )
)

SELECT *, (SELECT count(*) FROM matching) AS found
FROM matching
ORDER BY seq DESC
LIMIT (SELECT take FROM plan) OFFSET (SELECT skip FROM plan)
