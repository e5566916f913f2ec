-- The counts and hemolysis markers of some patients.
-- Grain: one row for each current evaluable observation, or marker judged by its own limits, in the order in which they are stored.
-- Source: observation.
-- Caveat: $1 and $2 are the first and last patient_key; side is -1 for < and 1 for >; minute is -1 where the time is
-- not known; kind is -1 for a marker without a state, for to leave it out here would cost more than to read everything.
-- A marker stored before its state was told in whatever unit it came (DEF-AIHA-10) is told here from what was written.
SELECT
    patient_key,
    observed_on,
    CASE analyte
        WHEN 'platelets' THEN 0
        WHEN 'hemoglobin' THEN 1
        ELSE
            CASE
                WHEN marker_state IS NULL THEN -1
                WHEN analyte = 'ldh' THEN 2 WHEN analyte = 'haptoglobin' THEN 3 WHEN analyte = 'bilirubin' THEN 4
                ELSE 5
            END
    END::TINYINT AS kind,
    CASE
        WHEN marker_state IS NULL THEN canonical_e6
        WHEN marker_state = 'normal' THEN 0
        WHEN marker_state = 'abnormal' THEN 1
        ELSE 2
    END AS value,
    row_key,
    CASE WHEN comparator IS NULL THEN 0 WHEN comparator = '<' THEN -1 ELSE 1 END::TINYINT AS side,
    CASE WHEN specimen = 'heparin' THEN 2 WHEN specimen = 'citrate' THEN 1 ELSE 0 END::TINYINT AS tube,
    CASE
        WHEN analyte <> 'platelets' OR observed_at IS NULL THEN -1
        ELSE ((epoch_us(observed_at) // 60000000 + coalesce(utc_offset_minutes, 0)) % 1440 + 1440) % 1440
    END::SMALLINT AS minute
FROM (
    SELECT
        * EXCLUDE (marker_state),
        CASE
            WHEN
                marker_state IS NOT NULL OR comparator IS NOT NULL OR analyte IN ('platelets', 'hemoglobin')
                OR coalesce(not_evaluable, 'unit_unknown') <> 'unit_unknown'
                THEN marker_state
            WHEN analyte = 'haptoglobin'
                THEN
                    CASE
                        WHEN try_cast(coalesce(value_read, value) AS DECIMAL(18, 6)) >= try_cast(lower_limit AS DECIMAL(18, 6)) THEN 'normal'
                        WHEN try_cast(coalesce(value_read, value) AS DECIMAL(18, 6)) < try_cast(lower_limit AS DECIMAL(18, 6))
                            THEN CASE WHEN explained = 'yes' THEN 'explained' ELSE 'abnormal' END
                    END
            WHEN try_cast(coalesce(value_read, value) AS DECIMAL(18, 6)) <= try_cast(upper_limit AS DECIMAL(18, 6)) THEN 'normal'
            WHEN try_cast(coalesce(value_read, value) AS DECIMAL(18, 6)) > try_cast(upper_limit AS DECIMAL(18, 6))
                THEN CASE WHEN explained = 'yes' THEN 'explained' ELSE 'abnormal' END
        END AS marker_state
    FROM observation
    WHERE superseded_by IS NULL AND patient_key BETWEEN $1 AND $2
) AS told
WHERE not_evaluable IS NULL OR marker_state IS NOT NULL
