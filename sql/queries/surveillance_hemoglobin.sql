-- Surveillance: the last hemoglobin of some patients by one day, and the one of the day before it that has one.
-- Grain: one row for each patient with a value that can be judged; the lowest of a day stands for it.
-- Source: current rows of observation and patient_fact. Values are in micro units of g/L.
-- Caveat: no rule of the source is about hemoglobin; whether it is worth a line is for
--   registry/surveillance/hemoglobin.py to say.
-- $1: the patients. $2: the day. $3: the sites that may be read (NULL: all).
WITH counted AS (
    SELECT
        patient_id,
        observed_on,
        min(canonical_e6) AS e6,
        row_number() OVER (PARTITION BY patient_id ORDER BY observed_on DESC) AS place
    FROM observation
    JOIN patient_view USING (patient_key)
    WHERE superseded_by IS NULL
        AND analyte = 'hemoglobin'
        AND not_evaluable IS NULL
        AND canonical_e6 IS NOT NULL
        AND observed_on <= $2
        AND list_contains($1::TEXT[], patient_id)
        AND ($3 IS NULL OR list_contains($3::TEXT[], site))
    GROUP BY patient_id, observed_on
)
SELECT last.patient_id, last.observed_on, last.e6, before.observed_on, before.e6
FROM counted AS last
LEFT JOIN counted AS before ON before.patient_id = last.patient_id AND before.place = 2
WHERE last.place = 1
ORDER BY last.patient_id
