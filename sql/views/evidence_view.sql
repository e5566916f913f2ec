-- The rows that decided each call.
-- Grain: one row for each piece of evidence of a call, in the order of the call's reasoning (position).
-- Source: call, evidence_word, and the cited observation, bleed, transfusion, rescue, dose step (by its course), course
-- or patient; another cause has no id.
-- Caveat: value is the canonical value with its comparator, of a dose mg of prednisolone a day; observation_id is the
-- id of whatever source is cited; row_key is a course_key where that is a course, 0 where it is the patient; a cited row may have been amended since the call, which the call's fingerprint tells.
CREATE VIEW evidence_view AS
WITH spread AS (
    SELECT
        course_key, patient_key, criteria_id, generate_subscripts(evidence, 1) AS position, unnest(evidence) AS e
    FROM call
)

SELECT
    k.course_id, s.criteria_id, s.position, step.word AS step, source.word AS source,
    coalesce(
        o.observation_id, b.bleed_id, t.transfusion_id, r.rescue_id, g.course_id, w.course_id, p.patient_id
    ) AS observation_id,
    (s.e).observed_on AS observed_on,
    predicate.word AS predicate,
    regexp_replace(printf('%.6f', (s.e).threshold_e6 / 1000000), '\.?0+$', '') AS threshold,
    coalesce(
        coalesce(o.comparator, '') || regexp_replace(printf('%.6f', o.canonical_e6 / 1000000), '\.?0+$', ''),
        CASE WHEN step.word = 'dose' THEN regexp_replace(printf('%.6f', (s.e).value_e6 / 1000000), '\.?0+$', '') END
    ) AS value,
    CASE
        WHEN step.word = 'dose' AND (s.e).value_e6 IS NOT NULL THEN 'mg/d'
        ELSE
            CASE o.analyte
                WHEN 'platelets' THEN '10*9/L' WHEN 'reticulocytes' THEN '10*9/L' WHEN 'hemoglobin' THEN 'g/L'
                WHEN 'haptoglobin' THEN 'g/L' WHEN 'ldh' THEN 'U/L' WHEN 'bilirubin' THEN 'umol/L'
            END
    END AS unit,
    o.analyte,
    CASE WHEN (s.e).held THEN 'yes' ELSE 'no' END AS held,
    s.course_key, s.patient_key, (s.e).row_key AS row_key
FROM spread AS s
JOIN course AS k USING (course_key)
JOIN evidence_word AS step ON step.kind = 'step' AND step.code = (s.e).step
JOIN evidence_word AS source ON source.kind = 'source' AND source.code = (s.e).source
JOIN evidence_word AS predicate ON predicate.kind = 'predicate' AND predicate.code = (s.e).predicate
LEFT JOIN observation AS o
    ON (s.e).source = 0 AND o.row_key = (s.e).row_key AND o.patient_key = s.patient_key
LEFT JOIN bleed AS b ON (s.e).source = 1 AND b.row_key = (s.e).row_key
LEFT JOIN transfusion AS t ON (s.e).source = 2 AND t.row_key = (s.e).row_key
LEFT JOIN rescue AS r ON (s.e).source = 3 AND r.row_key = (s.e).row_key
LEFT JOIN course_agent AS a ON (s.e).source = 4 AND a.row_key = (s.e).row_key
LEFT JOIN course AS g ON g.course_key = a.course_key
LEFT JOIN course AS w ON (s.e).source = 5 AND w.course_key = (s.e).row_key
LEFT JOIN patient AS p ON (s.e).source = 7 AND p.patient_key = s.patient_key;
