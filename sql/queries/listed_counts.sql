-- The last counts of some patients, for a list.
-- Grain: one row for each patient and analyte asked for, the newer first.
-- Source: observation.
-- Caveat: evaluable or not, with the reason if not; of several on one day the one recorded last.
-- $1: the keys of the patients. $2: the analytes.
SELECT
    patient_key,
    max_by(
        {
            'analyte': analyte, 'observed_on': observed_on, 'canonical_e6': canonical_e6, 'comparator': comparator,
            'not_evaluable': not_evaluable, 'value': value, 'unit': unit
        },
        (observed_on, row_key)
    ) AS seen
FROM observation
WHERE superseded_by IS NULL
    AND patient_key IN (SELECT unnest($1::INTEGER[]))
    AND analyte IN (SELECT unnest($2::TEXT[]))
GROUP BY patient_key, analyte
ORDER BY max(observed_on) DESC, analyte
