-- Surveillance: who is due, who is overdue, and what the last finding demands, seen on one day.
-- Grain: one row for each living patient whom the programme watches, most urgent first; whoever was taken off the list
--   stands in it with removed.
-- Source: infused (surveillance_infused.sql); current rows of observation (clean counts, and clumped specimens), bleed,
--   sign, outcome and episode_fact; audit_event for who wrote an outcome, older rows of outcome and patient_fact for
--   since when it says so and at which site the patient then was.
-- Caveat: every number, word and citation comes from the programme's file as a parameter; nothing clinical stands
--   here. The rules are those of adjudication/surveillance.py, and a test holds the two against each other.
--   A step is what one looks at as one count: a specimen, or the lowest of a day on which not all have a time.
-- $1: the plan, with the day, the moment and the place of the programme among those in force. $2: rungs of the
--   ladder, the first that holds decides.
-- $3: treatment advice, likewise. $4: grades up to which a bleed is mild, by scale. A bleeding mask of 0 asks nothing,
--   else it has the bits of the kinds that fit: 1 none, 2 mild, 4 active.
WITH rung AS (
    SELECT unnest($2::STRUCT(
        place INTEGER, up_to_e6 BIGINT, fall_percent INTEGER, bleeding_mask INTEGER, clumped BOOLEAN, confirmed BOOLEAN,
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
    -- A value with a comparator lies one millionth beyond its limit. What was reported in citrate is exact to tell
    -- again: the factor was rounded down.
    SELECT
        patient_key,
        observed_on,
        change_seq,
        -- As the clock on the wall showed it.
        observed_at + to_minutes(coalesce(utc_offset_minutes, 0)::BIGINT) AS taken_at,
        'clumped' IN (coalesce(quality, ''), coalesce(not_evaluable, '')) AS clumped,
        not_evaluable IS NULL AND canonical_e6 IS NOT NULL AND NOT clumped AS clean,
        (CASE comparator WHEN '<' THEN -1 WHEN '>' THEN 1 ELSE 0 END)::TINYINT AS over_e6,
        canonical_e6 + over_e6 AS count_e6,
        CASE
            WHEN specimen = 'citrate'
                THEN (canonical_e6 * ($1).citrate_by + ($1).citrate_times - 1) // ($1).citrate_times
        END AS undiluted_e6
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
        min(observed_on) FILTER (clean) AS first_on
    FROM specimen
    GROUP BY patient_key
),
recent AS MATERIALIZED (
    -- The whole history is read once; from here on only the days that a steep fall may be measured from.
    SELECT
        patient_key, observed_on, last_on, taken_at, count_e6, undiluted_e6, over_e6, clean, clumped, change_seq
    FROM specimen
    JOIN last_day USING (patient_key)
    WHERE (clean OR clumped) AND (last_on IS NULL OR observed_on >= last_on - ($1).previous_within_days)
),
stored AS (
    -- The change that stored the last of these specimens, and the first clump that no clean count has followed.
    SELECT
        patient_key,
        max(change_seq) AS change_seq,
        min(observed_on) FILTER (clumped AND (last_on IS NULL OR observed_on > last_on)) AS clumped_on,
        arg_min({'at': taken_at}, (observed_on, taken_at IS NULL, taken_at))
            FILTER (clumped AND (last_on IS NULL OR observed_on > last_on))."at" AS clumped_at
    FROM recent
    GROUP BY patient_key
),
crowded AS (
    -- Days with several clean counts; where all have their time, the later one is the recheck of the earlier.
    SELECT patient_key, observed_on, bool_and(taken_at IS NOT NULL) AS timed
    FROM recent
    WHERE clean
    GROUP BY patient_key, observed_on
    HAVING count(*) > 1
),
step AS (
    SELECT
        patient_key,
        observed_on,
        NULL::TIMESTAMP AS moment,
        count_e6,
        {'over': over_e6, 'undiluted': undiluted_e6} AS reading,
        taken_at,
        change_seq
    FROM recent
    ANTI JOIN crowded USING (patient_key, observed_on)
    WHERE clean
    UNION ALL
    -- The lowest decides, by its earliest time.
    SELECT
        patient_key,
        observed_on,
        CASE WHEN timed THEN taken_at END AS moment,
        min(count_e6),
        arg_min({'over': over_e6, 'undiluted': undiluted_e6}, (count_e6, undiluted_e6 IS NULL, undiluted_e6)),
        arg_min({'at': taken_at}, (count_e6, taken_at IS NULL, taken_at))."at",
        max(change_seq)
    FROM recent
    JOIN crowded USING (patient_key, observed_on)
    WHERE clean
    GROUP BY patient_key, observed_on, moment
),
placed AS MATERIALIZED (
    -- The last is 1, the one before it 2.
    SELECT *, row_number() OVER (PARTITION BY patient_key ORDER BY observed_on DESC, moment DESC) AS back
    FROM step
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
closed AS (
    -- The last step that an act has settled.
    SELECT patient_key, min(back) AS back
    FROM placed
    JOIN did USING (patient_key)
    WHERE list_contains(($1).settle, outcome) AND observed_on <= done_on AND change_seq <= said_seq
    GROUP BY patient_key
),
before_fall AS (
    -- Steps from which the last but one fell steeply; there are few.
    SELECT patient_key, since.back, since.count_e6 AS e6
    FROM placed AS since
    JOIN placed AS fallen USING (patient_key)
    WHERE fallen.back = 2
        AND since.back > 2
        AND fallen.count_e6 < since.count_e6
        AND 100 * (since.count_e6 - fallen.count_e6) >= ($1).fall_percent * since.count_e6
),
fallen AS (
    -- The first of them from which every step in between fell steeply too.
    SELECT patient_key, max(before_fall.back) AS back
    FROM before_fall
    LEFT JOIN closed USING (patient_key)
    WHERE (closed.back IS NULL OR before_fall.back <= closed.back)
        AND NOT EXISTS (
            FROM placed AS between_them
            WHERE between_them.patient_key = before_fall.patient_key
                AND between_them.back BETWEEN 3 AND before_fall.back - 1
                AND (
                    between_them.count_e6 >= before_fall.e6
                    OR 100 * (before_fall.e6 - between_them.count_e6) < ($1).fall_percent * before_fall.e6
                )
        )
    GROUP BY patient_key
),
counted AS (
    SELECT
        patient_key,
        observed_on,
        count_e6,
        taken_at,
        placed.back = 1 AS is_last,
        placed.back = 2 AS is_before,
        placed.back = coalesce(fallen.back, 2) AS is_previous,
        closed.back IS NULL OR closed.back > 2 AS is_open,
        CASE reading.over WHEN -1 THEN '<' WHEN 1 THEN '>' ELSE '' END AS sign,
        count_e6 - reading.over AS reported_e6,
        sign || rtrim(rtrim(format('{}.{:06d}', reported_e6 // 1000000, reported_e6 % 1000000), '0'), '.') AS reported,
        sign || rtrim(
            rtrim(format('{}.{:06d}', reading.undiluted // 1000000, reading.undiluted % 1000000), '0'), '.'
        ) AS undiluted
    FROM placed
    LEFT JOIN fallen USING (patient_key)
    LEFT JOIN closed USING (patient_key)
    WHERE placed.back <= 2 OR placed.back = fallen.back
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
        last.undiluted AS citrate_count,
        previous.count_e6 AS measured_from_e6,
        previous.reported AS measured_from,
        before.count_e6 AS previous_e6,
        before.reported AS previous_count,
        CASE WHEN before.is_open THEN before.count_e6 END AS confirms_e6,
        stored.clumped_on,
        clumped_at,
        CASE WHEN bleeding_bits IS NULL THEN 1 WHEN bleeding_bits >= 4 THEN 4 ELSE 2 END AS bleeding_bit,
        bleeding_on,
        coalesce(first_on <= first_infusion_on, false) AS counted_before,
        greatest(last_on, last_day.clumped_on, last_bleeding_on) AS found_on,
        greatest(stored.change_seq, bled.change_seq) AS found_seq
    FROM watched
    LEFT JOIN last_day USING (patient_key)
    LEFT JOIN counted AS last ON last.patient_key = watched.patient_key AND last.is_last
    LEFT JOIN counted AS before ON before.patient_key = watched.patient_key AND before.is_before
    LEFT JOIN counted AS previous ON previous.patient_key = watched.patient_key AND previous.is_previous
    LEFT JOIN stored USING (patient_key)
    LEFT JOIN bled USING (patient_key)
),
held AS MATERIALIZED (
    SELECT
        patient_key,
        rung.place,
        rung.confirmed,
        rung.within_hours,
        rung.clumped,
        bleeding_mask,
        up_to_e6,
        fall_percent,
        -- Whether it holds of the count, the one before it and the bleeding alone, as worklist.csv tells them.
        NOT rung.confirmed
        AND (
            fall_percent IS NULL
            OR (count_e6 < previous_e6 AND 100 * (previous_e6 - count_e6) >= fall_percent * previous_e6)
        ) AS plain
    FROM finding
    JOIN rung ON (up_to_e6 IS NULL OR count_e6 <= up_to_e6)
        AND (
            fall_percent IS NULL
            OR (count_e6 < measured_from_e6 AND 100 * (measured_from_e6 - count_e6) >= fall_percent * measured_from_e6)
        )
        AND (bleeding_mask = 0 OR bleeding_mask & bleeding_bit > 0)
        AND (NOT rung.clumped OR clumped_on IS NOT NULL)
        AND (
            NOT rung.confirmed
            OR (
                confirms_e6 IS NOT NULL
                AND (up_to_e6 IS NULL OR confirms_e6 <= up_to_e6)
                AND (
                    fall_percent IS NULL
                    OR (
                        confirms_e6 < measured_from_e6
                        AND 100 * (measured_from_e6 - confirms_e6) >= fall_percent * measured_from_e6
                    )
                )
            )
        )
),
past AS (
    -- All clean counts of those in whom something is confirmed: for how long it has been so.
    SELECT patient_key, observed_on, taken_at, count_e6, change_seq
    FROM specimen
    SEMI JOIN (SELECT patient_key FROM held WHERE confirmed) AS confirming USING (patient_key)
    WHERE clean
),
past_timed AS (
    SELECT patient_key, observed_on
    FROM past
    GROUP BY patient_key, observed_on
    HAVING count(*) > 1 AND bool_and(taken_at IS NOT NULL)
),
past_step AS (
    SELECT
        patient_key,
        observed_on,
        CASE WHEN past_timed.patient_key IS NOT NULL THEN taken_at END AS moment,
        min(count_e6) AS count_e6,
        arg_min({'at': taken_at}, (count_e6, taken_at IS NULL, taken_at))."at" AS taken_at,
        max(change_seq) AS change_seq
    FROM past
    LEFT JOIN past_timed USING (patient_key, observed_on)
    GROUP BY patient_key, observed_on, moment
),
past_settled AS (
    SELECT patient_key, observed_on, moment
    FROM past_step
    JOIN did USING (patient_key)
    WHERE list_contains(($1).settle, outcome) AND observed_on <= done_on AND change_seq <= said_seq
),
past_held AS (
    -- Whether what is confirmed began after this step: it did not hold here, was settled, or was lost from sight.
    SELECT
        patient_key,
        place,
        observed_on,
        past_step.taken_at,
        row_number() OVER in_order AS number,
        past_step.count_e6 > up_to_e6
        OR (fall_percent IS NOT NULL AND 100 * (measured_from_e6 - past_step.count_e6) < fall_percent * measured_from_e6)
        OR EXISTS (
            FROM past_settled AS done
            WHERE done.patient_key = past_step.patient_key
                AND done.observed_on = past_step.observed_on
                AND done.moment IS NOT DISTINCT FROM past_step.moment
        )
        OR lead(observed_on) OVER in_order - observed_on > ($1).previous_within_days AS ended
    FROM past_step
    JOIN held USING (patient_key)
    JOIN finding USING (patient_key)
    WHERE confirmed
    WINDOW in_order AS (PARTITION BY patient_key, place ORDER BY observed_on, past_step.moment)
),
past_ended AS (
    SELECT patient_key, place, max(number) FILTER (ended) AS number
    FROM past_held
    GROUP BY patient_key, place
),
confirming AS (
    -- The first count that confirmed it: from there the time runs, whatever is counted later.
    SELECT
        patient_key,
        place,
        arg_min(observed_on, past_held.number) AS observed_on,
        arg_min({'at': taken_at}, past_held.number)."at" AS taken_at
    FROM past_held
    JOIN past_ended USING (patient_key, place)
    WHERE past_held.number >= coalesce(past_ended.number, 0) + 2
    GROUP BY patient_key, place
),
asked AS (
    -- From when each rung that holds asks for something.
    SELECT
        patient_key,
        place,
        plain,
        within_hours,
        CASE
            WHEN confirmed THEN confirming.observed_on
            WHEN clumped THEN clumped_on
            WHEN bleeding_mask > 0 THEN bleeding_on
            ELSE last_count_on
        END AS from_on,
        -- From the time of the specimen where it is known, else, and where it is to be done now, from its day's end.
        coalesce(
            CASE
                WHEN within_hours = 0 THEN NULL
                WHEN confirmed THEN confirming.taken_at
                WHEN clumped THEN clumped_at
                WHEN bleeding_mask = 0 THEN count_at
            END,
            from_on + 1
        ) + to_hours(within_hours) AS act_by
    FROM held
    JOIN finding USING (patient_key)
    LEFT JOIN confirming USING (patient_key, place)
),
demanded AS (
    SELECT
        patient_key,
        min(place) AS place,
        min(place) FILTER (plain) AS plain_place,
        min(within_hours) AS within_hours,
        min(from_on + within_hours // 24) FILTER (plain) AS due_on,
        min(act_by) AS act_by
    FROM asked
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
        coalesce(act_by <= ($1).now, false)
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
    -- Once a finding is settled its deadline is history, and only the schedule counts.
    least(CASE WHEN NOT standing.settled THEN demanded.due_on END, scheduled.due_on) AS due_on,
    greatest(
        CASE WHEN NOT standing.settled THEN ($1).as_of - demanded.due_on END, late_days, 0
    )::INTEGER AS overdue_days,
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
    (CASE WHEN standing.settled THEN (SELECT max(place) FROM rung) ELSE demanded.place END)::INTEGER AS rung_place,
    act_by,
    demanded.within_hours,
    finding.found_on,
    removed_on,
    advised.place AS advice_place,
    counted_before,
    site,
    bleeding_on,
    citrate_count,
    measured_from,
    CASE WHEN NOT asks.scheduled THEN asks.rule END AS demand
FROM finding
JOIN demanded USING (patient_key)
JOIN rung ON rung.place = plain_place
JOIN rung AS asks ON asks.place = demanded.place
JOIN scheduled USING (patient_key)
JOIN standing USING (patient_key)
LEFT JOIN itp USING (patient_key)
LEFT JOIN advised USING (patient_key)
LEFT JOIN counsel ON counsel.place = advised.place
ORDER BY
    urgent_within_hours NULLS LAST, rung_place, in_window DESC, overdue_days DESC, due_on NULLS LAST, patient_id
