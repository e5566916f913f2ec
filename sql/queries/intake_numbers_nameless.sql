-- Rows of an import without a source whose number a source gave to a result of the same patient before.
-- Grain: a staged row.
-- Source: the staged intake_numbers (position, patient_id, observation_id, source); observation, patient.
-- Caveat: not where a version of the result had no source; a withdrawn result keeps its number.
SELECT DISTINCT n.position
FROM intake_numbers AS n
JOIN patient AS p USING (patient_id)
JOIN observation AS o ON o.patient_key = p.patient_key AND o.observation_id = n.observation_id
WHERE n.source IS NULL
    AND o.source IS NOT NULL
    AND NOT EXISTS (
        SELECT 1
        FROM observation AS own
        WHERE own.patient_key = o.patient_key AND own.observation_id = o.observation_id AND own.source IS NULL
    )
