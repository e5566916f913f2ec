-- Every measured value with its canonical value, as it is known now.
-- Grain: one row for each observation that is not withdrawn.
-- Source: observation, patient.
-- Caveat: observed_at is UTC only where the source gave an offset; value_canonical is for reading, judging takes
-- canonical_e6; the comparator stands beside the value and is not part of it. Values stored before value_read was kept
-- have a comma only before decimals.
CREATE VIEW observation_view AS
SELECT
    p.patient_id, f.observation_id, f.observed_on, f.observed_at, f.utc_offset_minutes,
    CASE
        WHEN f.observed_at IS NULL THEN f.observed_on::VARCHAR
        ELSE
            strftime(f.observed_at + to_minutes(coalesce(f.utc_offset_minutes, 0)::BIGINT), '%Y-%m-%dT%H:%M:%S')
            || CASE
                WHEN microsecond(f.observed_at) % 1000000 = 0 THEN '' ELSE strftime(f.observed_at, '.%f')
            END
            || CASE
                WHEN f.utc_offset_minutes IS NULL THEN ''
                ELSE
                    CASE WHEN f.utc_offset_minutes < 0 THEN '-' ELSE '+' END
                    || printf('%02d:%02d', abs(f.utc_offset_minutes) // 60, abs(f.utc_offset_minutes) % 60)
            END
    END AS observed_at_reported,
    f.analyte,
    f.canonical_e6::DOUBLE / 1000000 AS value_canonical,
    f.canonical_e6,
    f.comparator,
    f.not_evaluable IS NULL AS evaluable,
    f.not_evaluable, f.marker_state, f.value, f.unit, f.specimen_id, f.specimen, f.quality,
    CASE
        WHEN regexp_full_match(f.lower_limit, '[^0-9]*[0-9]+,[0-9]+') THEN replace(f.lower_limit, ',', '.')
        ELSE f.lower_limit
    END AS lower_limit,
    CASE
        WHEN regexp_full_match(f.upper_limit, '[^0-9]*[0-9]+,[0-9]+') THEN replace(f.upper_limit, ',', '.')
        ELSE f.upper_limit
    END AS upper_limit,
    f.explained, f.missing_reason, f.source, f.status,
    CASE
        WHEN f.value_read IS NULL AND regexp_full_match(f.value, '[^0-9]*[0-9]+,[0-9]+')
            THEN replace(f.value, ',', '.')
        ELSE f.value_read
    END AS value_read,
    f.patient_key, f.row_key, f.version, f.change_seq
FROM observation AS f
JOIN patient AS p USING (patient_key)
WHERE f.superseded_by IS NULL;
