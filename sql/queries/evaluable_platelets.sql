-- The evaluable platelet counts of all patients, for finding low ones near a prescription.
-- Grain: one row for each current evaluable platelet count.
-- Source: observation, patient.
-- Caveat: canonical value x 10^6, its comparator left out.
SELECT p.patient_id, o.observed_on, o.canonical_e6
FROM observation AS o
JOIN patient AS p USING (patient_key)
WHERE o.superseded_by IS NULL AND o.not_evaluable IS NULL AND o.analyte = 'platelets'
ORDER BY p.patient_id, o.observed_on, o.canonical_e6
