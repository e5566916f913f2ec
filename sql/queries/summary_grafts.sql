-- How long grafts were at risk of being lost, and how many were.
-- Grain: one row for each number of days and whether the graft was lost then, with the number of patients.
-- Source: cohort_patient, exposure_view, adverse_event_view.
-- Caveat: patients with a renal transplant or a recorded loss of a graft, from the first cytopenia (or a later transplant)
-- to the loss, else to the end of follow-up. A graft that was lost before is not at risk; a second graft is not told
-- apart.
WITH grafted AS (
    SELECT patient_key, min(coalesce(indication_on, started_on)) AS grafted_on
    FROM exposure_view
    WHERE setting = 'renal_transplant'
    GROUP BY patient_key
),

lost AS (
    SELECT a.patient_key, min(a.onset_on) AS lost_on
    FROM adverse_event_view AS a
    WHERE a.category = 'graft_failure'
    GROUP BY a.patient_key
),

risk AS (
    SELECT
        greatest(p.onset_on, g.grafted_on) AS from_on,
        least(l.lost_on, p.followed_to) AS to_on,
        coalesce(l.lost_on <= p.followed_to, false) AS lost
    FROM cohort_patient AS p
    LEFT JOIN grafted AS g USING (patient_key)
    LEFT JOIN lost AS l USING (patient_key)
    WHERE g.patient_key IS NOT NULL OR l.patient_key IS NOT NULL
)

SELECT to_on - from_on AS days, lost, count(*) AS number
FROM risk
WHERE from_on <= to_on
GROUP BY ALL;
