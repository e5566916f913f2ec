-- Patients exposed in some setting, as a condition of patient_search.
-- Grain: one row for each exposure that is not withdrawn.
-- Source: exposure.
-- Caveat: none.
-- {settings}: the parameter with the settings.
SELECT x.patient_key
FROM exposure AS x
WHERE x.superseded_by IS NULL AND list_contains({settings}::TEXT[], x.setting)
