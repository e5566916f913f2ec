-- Surveillance: the results after which somebody had to be contacted, and how long that took.
-- Grain: one row for each number of days, whether contact was made then, and why it was waited for no longer.
-- Source: infused (surveillance_infused.sql), taken_off (surveillance_taken_off.sql); current rows of observation
--   (clean counts) and outcome.
-- Caveat: which counts demand contact and which outcomes are contact, the plan says (READ-SURV-21, READ-SURV-22). Of
--   results that follow one another only the first is here. Contact may come from the low count on that such a result
--   confirms. Who was not contacted is waited for until the next such result, or the low count that it confirms, until
--   the patient is taken off the list, until death or the day asked.
-- $1: the plan, as in worklist_watched.sql, with now_up_to_e6, confirmed_up_to_e6 and contact.
WITH counted AS (
    SELECT
        patient_key,
        observed_on,
        canonical_e6 + CASE comparator WHEN '<' THEN -1 WHEN '>' THEN 1 ELSE 0 END AS count_e6
    FROM observation
    JOIN infused USING (patient_key)
    WHERE place = ($1).place
        AND superseded_by IS NULL
        AND analyte = ($1).analyte
        AND not_evaluable IS NULL
        AND canonical_e6 IS NOT NULL
        AND quality IS DISTINCT FROM 'clumped'
        AND observed_on BETWEEN first_infusion_on - ($1).previous_within_days AND ($1).as_of
),
low AS (
    SELECT DISTINCT patient_key
    FROM counted
    WHERE count_e6 <= greatest(($1).now_up_to_e6, ($1).confirmed_up_to_e6)
),
day_count AS (
    SELECT patient_key, observed_on, min(count_e6) AS count_e6
    FROM counted
    SEMI JOIN low USING (patient_key)
    GROUP BY patient_key, observed_on
),
after_another AS (
    SELECT
        patient_key,
        observed_on,
        count_e6,
        lag(count_e6) OVER (PARTITION BY patient_key ORDER BY observed_on) AS before_e6,
        lag(observed_on) OVER (PARTITION BY patient_key ORDER BY observed_on) AS before_on
    FROM day_count
),
demanding AS (
    SELECT
        patient_key,
        observed_on,
        count_e6 <= ($1).now_up_to_e6
        OR (
            count_e6 <= ($1).confirmed_up_to_e6
            AND coalesce(before_e6 <= ($1).confirmed_up_to_e6, false)
            AND observed_on - before_on <= ($1).previous_within_days
        ) AS demands,
        CASE
            WHEN before_e6 <= ($1).confirmed_up_to_e6 AND observed_on - before_on <= ($1).previous_within_days
                THEN before_on
            ELSE observed_on
        END AS low_since_on,
        coalesce(lag(demands) OVER (PARTITION BY patient_key ORDER BY observed_on), false) AS demanded_before
    FROM after_another
),
result AS (
    SELECT
        patient_key,
        observed_on AS found_on,
        low_since_on,
        died_on,
        taken_off_on,
        lead(low_since_on) OVER (PARTITION BY patient_key ORDER BY observed_on) AS next_on
    FROM demanding
    JOIN infused USING (patient_key)
    LEFT JOIN taken_off USING (patient_key)
    WHERE demands AND NOT demanded_before AND observed_on >= first_infusion_on
),
followed AS (
    SELECT
        result.patient_key,
        found_on,
        any_value(died_on) AS died_on,
        any_value(taken_off_on) AS taken_off_on,
        any_value(next_on) AS next_on,
        min(done_on) FILTER (done_on >= low_since_on AND (next_on IS NULL OR done_on < next_on)) AS contact_on
    FROM result
    LEFT JOIN outcome AS done ON done.patient_key = result.patient_key
        AND superseded_by IS NULL
        AND list_contains(($1).contact, done.outcome)
        AND done_on <= ($1).as_of
    GROUP BY result.patient_key, found_on
)
SELECT
    greatest(coalesce(contact_on, least(($1).as_of, taken_off_on, died_on, next_on)) - found_on, 0)::INTEGER AS days,
    contact_on IS NOT NULL AS contacted,
    CASE
        WHEN contacted THEN NULL
        WHEN next_on <= coalesce(least(taken_off_on, died_on), next_on) THEN 'next result'
        WHEN died_on <= least(taken_off_on, ($1).as_of) THEN 'death'
        WHEN taken_off_on IS NOT NULL THEN 'taken off the list'
        ELSE 'still waiting'
    END AS waited_until,
    count(*)::INTEGER AS results
FROM followed
GROUP BY ALL
ORDER BY ALL
