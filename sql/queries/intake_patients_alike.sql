-- New patients of an import whose pseudonym differs from a known one only in case, leading zeros or marks.
-- Grain: a new patient and one that is like it.
-- Source: the staged intake_ids; patient.
-- Caveat: nothing is joined; a person says whether they are one.
WITH named AS (
    SELECT
        i.id,
        NOT EXISTS (SELECT 1 FROM patient AS p WHERE p.patient_id = i.id) AS fresh
    FROM intake_ids AS i
),

spelled AS (
    SELECT id, regexp_replace(regexp_replace(lower(id), '[^[:alnum:]]', '', 'g'), '(^|[^0-9])0+', '\1', 'g') AS plain
    FROM (
        SELECT id FROM named
        UNION
        SELECT patient_id FROM patient
    )
)

SELECT n.id, other.id AS known
FROM named AS n
JOIN spelled AS own USING (id)
JOIN spelled AS other ON other.plain = own.plain AND other.id <> n.id
WHERE n.fresh AND own.plain <> '' AND (other.id < n.id OR other.id NOT IN (SELECT m.id FROM named AS m WHERE m.fresh))
ORDER BY 1, 2
