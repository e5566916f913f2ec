-- no count is taken after the day of death
-- Grain: one row for each patient with one.
-- Source: observation_view, patient_view.
-- Caveat: one of the two dates is wrong; which one, only the source can tell.
SELECT p.patient_id, p.died_on, max(o.observed_on) AS last_count_on
FROM observation_view AS o
JOIN patient_view AS p USING (patient_key)
WHERE o.observed_on > p.died_on
GROUP BY p.patient_id, p.died_on
ORDER BY p.patient_id
