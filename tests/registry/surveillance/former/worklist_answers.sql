-- Surveillance: the outcome that answers what a count showed, and whether a later count asks anew (READ-SURV-16).
-- Grain: one row for each patient of whom something was answered; anew_back is the first step since that asks anew.
-- Source: placed (worklist_steps.sql), measured (worklist_measured.sql), done (worklist_done.sql).
-- Caveat: an answer holds for what was known when it was logged.
-- $1: the plan (worklist.sql). $2: what makes a count a confirmed finding.
WITH confirmation AS (
    SELECT unnest($2::STRUCT(up_to_e6 BIGINT, fall_percent INTEGER)[], recursive := true)
),
act AS (
    SELECT
        patient_key,
        row_key,
        outcome,
        done_on,
        min(back) AS back,
        arg_min(count_e6, back) AS count_e6
    FROM done
    JOIN placed USING (patient_key)
    WHERE (list_contains(($1).settle, outcome) OR list_contains(($1).settle_confirmed, outcome))
        AND observed_on <= done_on
        AND change_seq <= said_seq
    GROUP BY patient_key, row_key, outcome, done_on
),
answering AS (
    SELECT patient_key, row_key, outcome, done_on, back, count_e6
    FROM act
    LEFT JOIN measured USING (patient_key, back)
    WHERE list_contains(($1).settle, outcome)
        OR (
            act.count_e6 >= ($1).anew_below_e6
            AND EXISTS (
                FROM confirmation
                WHERE (up_to_e6 IS NULL OR (act.count_e6 <= up_to_e6 AND confirms_e6 <= up_to_e6))
                    AND confirms_e6 IS NOT NULL
                    AND (
                        fall_percent IS NULL
                        OR (
                            greatest(act.count_e6, confirms_e6) < measured_from_e6
                            AND 100 * (measured_from_e6 - greatest(act.count_e6, confirms_e6))
                            >= fall_percent * measured_from_e6
                        )
                    )
            )
        )
),
answer AS (
    SELECT
        patient_key,
        min(back) AS back,
        arg_max(outcome, (-back, done_on, row_key)) AS outcome,
        arg_max(done_on, (-back, done_on, row_key)) AS done_on,
        arg_min(count_e6, back) AS count_e6
    FROM answering
    GROUP BY patient_key
),
later AS (
    -- The steps since; normal: a clean count that no steep fall explains.
    SELECT
        answer.patient_key,
        placed.back,
        placed.count_e6,
        answer.count_e6 AS answered_e6,
        placed.count_e6 > ($1).anew_after_above_e6
        AND NOT coalesce(
            placed.count_e6 < before.count_e6
            AND 100 * (before.count_e6 - placed.count_e6) >= ($1).fall_percent * before.count_e6,
            false
        ) AS normal
    FROM answer
    JOIN placed ON placed.patient_key = answer.patient_key AND placed.back < answer.back
    JOIN placed AS before ON before.patient_key = placed.patient_key AND before.back = placed.back + 1
),
anew AS (
    SELECT patient_key, max(later.back) AS back
    FROM later
    LEFT JOIN (
        SELECT patient_key, max(back) AS normal_back
        FROM later
        WHERE normal
        GROUP BY patient_key
    ) AS between_them USING (patient_key)
    WHERE count_e6 < ($1).anew_below_e6
        OR len(list_filter(($1).bands_e6, lambda edge: edge < count_e6))
        < len(list_filter(($1).bands_e6, lambda edge: edge < answered_e6))
        OR (
            count_e6 < answered_e6
            AND 100 * (answered_e6 - count_e6) >= ($1).anew_fall_percent * answered_e6
        )
        OR later.back < normal_back
    GROUP BY patient_key
)
SELECT patient_key, answer.outcome, answer.done_on, anew.back AS anew_back
FROM answer
LEFT JOIN anew USING (patient_key)
