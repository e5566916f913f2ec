-- Surveillance: who is due, who is overdue, and what the last finding demands, seen on one day.
-- Grain: one row for each living patient whom the programme watches, most urgent first; whoever was taken off the list
--   stands in it with removed.
-- Source: infused (surveillance_infused.sql); current rows of observation (clean counts, and clumped specimens), bleed,
--   sign, outcome and episode_fact; audit_event for who wrote an outcome, older rows of outcome and patient_fact for
--   since when it says so and at which site the patient then was.
-- Caveat: every number, word and citation comes from the programme's file as a parameter; nothing clinical stands
--   here. The rules are those of adjudication/surveillance.py, and a test holds the two against each other.
-- $1: the plan, with the day and the place of the programme among those in force. $2: rungs of the ladder, the first that holds decides.
-- $3: treatment advice, likewise. $4: grades up to which a bleed is mild, by scale. A bleeding mask of 0 asks nothing,
--   else it has the bits of the kinds that fit: 1 none, 2 mild, 4 active.
WITH rung AS (
    SELECT unnest($2::STRUCT(
        place INTEGER, up_to_e6 BIGINT, fall_percent INTEGER, bleeding_mask INTEGER, clumped BOOLEAN,
        within_hours INTEGER, scheduled BOOLEAN, action TEXT, rule TEXT, source TEXT
    )[], recursive := true)
),
counsel AS (
    SELECT unnest($3::STRUCT(place INTEGER, up_to_e6 BIGINT, bleeding_mask INTEGER, advice TEXT)[], recursive := true)
),
mild AS (
    SELECT unnest($4::STRUCT(scale TEXT, up_to_grade INTEGER)[], recursive := true)
),
watched AS (
    SELECT
        patient_key,
        patient_id,
        site,
        first_infusion_on,
        last_infusion_on,
        (last_infusion_on + to_months(($1).months_after_last_infusion))::DATE AS window_ends_on
    FROM infused
    WHERE place = ($1).place AND (died_on IS NULL OR died_on > ($1).as_of)
),
specimen AS (
    -- A value with a comparator lies one millionth beyond its limit.
    SELECT
        patient_key,
        observed_on,
        change_seq,
        -- As the clock on the wall showed it.
        observed_at + to_minutes(coalesce(utc_offset_minutes, 0)::BIGINT) AS taken_at,
        'clumped' IN (coalesce(quality, ''), coalesce(not_evaluable, '')) AS clumped,
        not_evaluable IS NULL AND canonical_e6 IS NOT NULL AND NOT clumped AS clean,
        (CASE comparator WHEN '<' THEN -1 WHEN '>' THEN 1 ELSE 0 END)::TINYINT AS over_e6,
        canonical_e6 + over_e6 AS count_e6
    FROM observation
    JOIN watched USING (patient_key)
    WHERE superseded_by IS NULL
        AND analyte = ($1).analyte
        AND observed_on <= ($1).as_of
        AND observed_on >= first_infusion_on - ($1).previous_within_days
),
last_day AS (
    SELECT
        patient_key,
        max(observed_on) FILTER (clean) AS last_on,
        max(observed_on) FILTER (clumped) AS clumped_on,
        arg_max({'at': taken_at}, observed_on) FILTER (clumped)."at" AS clumped_at,
        min(observed_on) FILTER (clean) AS first_on
    FROM specimen
    GROUP BY patient_key
),
recent AS MATERIALIZED (
    -- The whole history is read once; from here on only the days that a steep fall may be measured from.
    SELECT patient_key, observed_on, last_on, taken_at, count_e6, over_e6, clean, change_seq
    FROM specimen
    JOIN last_day USING (patient_key)
    WHERE (clean OR clumped) AND observed_on >= coalesce(last_on, clumped_on) - ($1).previous_within_days
),
stored AS (
    -- The change that stored the last of these specimens.
    SELECT patient_key, max(change_seq) AS change_seq
    FROM recent
    GROUP BY patient_key
),
previous_day AS (
    SELECT patient_key, max(observed_on) AS previous_on
    FROM recent
    WHERE clean AND observed_on < last_on
    GROUP BY patient_key
),
lowest AS (
    -- The lowest of the day.
    SELECT
        patient_key,
        observed_on,
        min(count_e6) AS count_e6,
        arg_min(over_e6, count_e6) AS over_e6,
        arg_min({'at': taken_at}, count_e6)."at" AS taken_at
    FROM recent
    LEFT JOIN previous_day USING (patient_key)
    WHERE clean AND (observed_on = last_on OR observed_on = previous_on)
    GROUP BY patient_key, observed_on
),
day_count AS (
    SELECT
        patient_key,
        observed_on,
        count_e6,
        taken_at,
        count_e6 - over_e6 AS reported_e6,
        CASE over_e6 WHEN -1 THEN '<' WHEN 1 THEN '>' ELSE '' END
        || rtrim(rtrim(format('{}.{:06d}', reported_e6 // 1000000, reported_e6 % 1000000), '0'), '.') AS reported
    FROM lowest
),
bleeding AS (
    SELECT patient_key, CASE WHEN grade <= up_to_grade THEN 2 ELSE 4 END AS bits, started_on, ended_on, change_seq
    FROM bleed
    LEFT JOIN mild USING (scale)
    WHERE superseded_by IS NULL AND grade >= ($1).bleeding_from_grade AND itp_related IS DISTINCT FROM 'no'
    UNION ALL
    SELECT patient_key, 2, noticed_on, ended_on, change_seq
    FROM sign
    WHERE superseded_by IS NULL
),
bled AS (
    SELECT
        patient_key,
        bit_or(bits) AS bleeding_bits,
        min(started_on) AS bleeding_on,
        max(started_on) AS last_bleeding_on,
        max(change_seq) AS change_seq
    FROM bleeding
    JOIN watched USING (patient_key)
    LEFT JOIN last_day USING (patient_key)
    WHERE started_on <= ($1).as_of AND coalesce(ended_on, started_on) >= coalesce(last_on, first_infusion_on)
    GROUP BY patient_key
),
finding AS (
    SELECT
        watched.*,
        last_on AS last_count_on,
        last.count_e6,
        last.reported AS last_count,
        last.taken_at AS count_at,
        previous.count_e6 AS previous_e6,
        previous.reported AS previous_count,
        CASE WHEN clumped_on > last_on OR last_on IS NULL THEN clumped_on END AS clumped_on,
        clumped_at,
        CASE WHEN bleeding_bits IS NULL THEN 1 WHEN bleeding_bits >= 4 THEN 4 ELSE 2 END AS bleeding_bit,
        bleeding_on,
        coalesce(first_on <= first_infusion_on, false) AS counted_before,
        greatest(last_on, last_day.clumped_on, last_bleeding_on) AS found_on,
        greatest(stored.change_seq, bled.change_seq) AS found_seq
    FROM watched
    LEFT JOIN last_day USING (patient_key)
    LEFT JOIN previous_day USING (patient_key)
    LEFT JOIN day_count AS last ON last.patient_key = watched.patient_key AND last.observed_on = last_on
    LEFT JOIN day_count AS previous
        ON previous.patient_key = watched.patient_key AND previous.observed_on = previous_on
    LEFT JOIN stored USING (patient_key)
    LEFT JOIN bled USING (patient_key)
),
demanded AS (
    SELECT
        patient_key,
        min(place) AS place,
        min(within_hours) AS within_hours,
        min(
            CASE WHEN rung.clumped THEN clumped_on WHEN bleeding_mask > 0 THEN bleeding_on ELSE last_count_on END
            + within_hours // 24
        ) AS due_on,
        -- From the time of the specimen where it is known, else, and where it is to be done now, from its day's end.
        min(
            coalesce(
                CASE
                    WHEN within_hours = 0 OR (bleeding_mask > 0 AND NOT rung.clumped) THEN NULL
                    WHEN rung.clumped THEN clumped_at
                    ELSE count_at
                END,
                1 + CASE WHEN rung.clumped THEN clumped_on WHEN bleeding_mask > 0 THEN bleeding_on ELSE last_count_on END
            ) + to_hours(within_hours)
        ) AS act_by
    FROM finding
    JOIN rung ON (up_to_e6 IS NULL OR count_e6 <= up_to_e6)
        AND (
            fall_percent IS NULL
            OR (count_e6 < previous_e6 AND 100 * (previous_e6 - count_e6) >= fall_percent * previous_e6)
        )
        AND (bleeding_mask = 0 OR bleeding_mask & bleeding_bit > 0)
        AND (NOT rung.clumped OR clumped_on IS NOT NULL)
    GROUP BY patient_key
),
advised AS (
    SELECT patient_key, min(place) AS place
    FROM finding
    JOIN counsel ON (up_to_e6 IS NULL OR count_e6 <= up_to_e6)
        AND (bleeding_mask = 0 OR bleeding_mask & bleeding_bit > 0)
    WHERE count_e6 IS NOT NULL OR bleeding_bit > 1
    GROUP BY patient_key
),
scheduled AS (
    SELECT
        patient_key,
        ($1).as_of <= window_ends_on AS in_window,
        greatest(last_infusion_on, coalesce(last_count_on, last_infusion_on)) AS anchor_on,
        CASE
            WHEN in_window AND anchor_on < window_ends_on
                THEN least((anchor_on + to_months(($1).every_months))::DATE, window_ends_on)
        END AS due_on,
        CASE WHEN ($1).as_of - anchor_on > ($1).overdue_after_days THEN ($1).as_of - due_on END AS late_days
    FROM finding
),
said AS (
    -- Since which change an outcome says what it says: an amended note makes it no later.
    SELECT patient_key, outcome_id, o.outcome AS said, min(change_seq) AS said_seq
    FROM outcome AS o
    GROUP BY patient_key, outcome_id, said
),
did AS (
    SELECT
        patient_key,
        o.row_key,
        o.outcome,
        done_on,
        actor,
        recheck_on,
        o.reason,
        said_seq,
        -- What was said of a hospital that looks after the patient no more.
        list_contains(($1).of_a_site, o.outcome)
        AND former.row_key IS NOT NULL
        AND former.site IS DISTINCT FROM watched.site AS elsewhere
    FROM outcome AS o
    JOIN watched USING (patient_key)
    JOIN audit_event ON seq = o.change_seq
    JOIN said USING (patient_key, outcome_id)
    LEFT JOIN patient_fact AS former ON former.patient_key = o.patient_key
        AND former.change_seq <= said_seq
        AND (former.superseded_by IS NULL OR former.superseded_by > said_seq)
    WHERE o.superseded_by IS NULL AND done_on <= ($1).as_of AND said = o.outcome
),
done AS (
    SELECT
        patient_key,
        arg_max(outcome, (done_on, row_key)) AS outcome,
        max(done_on) AS done_on,
        arg_max(actor, (done_on, row_key)) AS done_by,
        arg_max({'on': recheck_on}, (done_on, row_key))."on" AS recheck_on,
        arg_max({'why': reason}, (done_on, row_key)).why AS done_why,
        max(done_on) FILTER (list_contains(($1).remove, outcome)) AS removed_on
    FROM did
    GROUP BY patient_key
),
dealt AS (
    -- Only what was found, and known, when somebody acted is dealt with by the act.
    SELECT
        patient_key,
        bool_or(list_contains(($1).settle, outcome)) AS settled,
        bool_or(list_contains(($1).remove, outcome) AND done_on >= last_infusion_on AND NOT elsewhere) AS removed
    FROM did
    JOIN finding USING (patient_key)
    WHERE (found_on IS NULL OR found_on <= done_on) AND (found_seq IS NULL OR found_seq <= said_seq)
    GROUP BY patient_key
),
itp AS (
    SELECT
        patient_key,
        max(onset_on) AS itp_onset_on,
        arg_max({'on': ended_on}, onset_on)."on" AS itp_ended_on
    FROM episode_fact
    JOIN episode USING (episode_key)
    JOIN watched USING (patient_key)
    WHERE superseded_by IS NULL AND disease = ($1).disease AND onset_on BETWEEN first_infusion_on AND ($1).as_of
    GROUP BY patient_key
),
standing AS (
    SELECT
        patient_key,
        outcome,
        done.done_on,
        done_by,
        recheck_on,
        done_why,
        removed_on,
        coalesce(dealt.removed, false) AS removed,
        coalesce(dealt.settled, false) AS settled,
        coalesce(demanded.due_on < ($1).as_of, false)
        AND NOT coalesce(dealt.settled, false)
        AND NOT coalesce(dealt.removed, false) AS escalated
    FROM finding
    JOIN demanded USING (patient_key)
    LEFT JOIN done USING (patient_key)
    LEFT JOIN dealt USING (patient_key)
)
SELECT
    patient_id,
    CASE WHEN in_window THEN 'in_window' ELSE 'symptom_driven' END AS mode,
    last_infusion_on,
    window_ends_on,
    last_count_on,
    last_count,
    previous_count,
    least(demanded.due_on, scheduled.due_on) AS due_on,
    greatest(($1).as_of - demanded.due_on, late_days, 0)::INTEGER AS overdue_days,
    CASE WHEN in_window OR NOT rung.scheduled THEN rung.action END AS action,
    counsel.advice AS treatment_advice,
    CASE
        WHEN NOT rung.scheduled THEN rung.rule
        WHEN NOT in_window THEN ($1).afterwards_rule
        WHEN last_count_on IS NULL THEN ($1).schedule_rule
        ELSE rung.rule
    END AS rule,
    CASE
        WHEN NOT rung.scheduled THEN rung.source
        WHEN NOT in_window THEN ($1).afterwards_source
        WHEN last_count_on IS NULL THEN ($1).schedule_source
        ELSE rung.source
    END AS source,
    standing.outcome,
    standing.done_on,
    standing.done_by,
    standing.recheck_on,
    standing.done_why,
    standing.removed,
    standing.settled,
    standing.escalated,
    itp_onset_on,
    itp_ended_on,
    ($1).programme AS programme,
    CASE WHEN NOT standing.settled THEN demanded.within_hours END AS urgent_within_hours,
    demanded.place::INTEGER AS rung_place,
    act_by,
    demanded.within_hours,
    finding.found_on,
    removed_on,
    advised.place AS advice_place,
    counted_before,
    site,
    bleeding_on
FROM finding
JOIN demanded USING (patient_key)
JOIN rung USING (place)
JOIN scheduled USING (patient_key)
JOIN standing USING (patient_key)
LEFT JOIN itp USING (patient_key)
LEFT JOIN advised USING (patient_key)
LEFT JOIN counsel ON counsel.place = advised.place
ORDER BY
    urgent_within_hours NULLS LAST, rung_place, in_window DESC, overdue_days DESC, due_on NULLS LAST, patient_id
