-- The patients who refused the use of their record, or withdrew their consent.
-- Grain: one row for each patient whose newest decision is refused or withdrawn.
-- Source: consent, patient.
-- Caveat: of two decisions of one day the one recorded last counts. Without any decision nobody has refused.
CREATE VIEW refusal_view AS
WITH newest AS (
    SELECT patient_key, decided_on, consent
    FROM consent
    WHERE superseded_by IS NULL
    QUALIFY row_number() OVER (PARTITION BY patient_key ORDER BY decided_on DESC, row_key DESC) = 1
)

SELECT p.patient_id, n.decided_on, n.consent, n.patient_key
FROM newest AS n
JOIN patient AS p USING (patient_key)
WHERE n.consent IN ('refused', 'withdrawn');
