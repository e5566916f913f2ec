-- Surveillance: who is due, who is overdue, and what the last finding demands, seen on one day.
-- Grain: one row for each living patient whom the programme watches, in the order of the actions; whoever was taken off
--   the list stands in it with removed.
-- Source: infused (surveillance_infused.sql) and exposure; what the queries worklist_… kept: day, placed, measured,
--   unjudged, bled, done, answer; current rows of episode_fact.
-- Caveat: every number, word and citation comes from the programme's file as a parameter; nothing clinical stands
--   here. The rules are those of adjudication/surveillance.py, bleeds.py and followup.py, and a test holds them against
--   each other.
-- $1: the plan, with the day, the moment and the place of the programme among those in force. $2: rungs of the
--   ladder, the first that holds decides.
-- $3: treatment advice, likewise. A bleeding mask of 0 asks nothing, else it has the bits of the kinds that fit: 1 none,
--   2 mild, 4 active.
WITH rung AS (
    SELECT unnest($2::STRUCT(
        place INTEGER, up_to_e6 BIGINT, fall_percent INTEGER, bleeding_mask INTEGER, confirmed BOOLEAN,
        once_above_e6 BIGINT, unjudged BOOLEAN, unjudged_up_to_e6 BIGINT, uncounted BOOLEAN, answered BOOLEAN,
        only_in_window BOOLEAN, within_hours INTEGER, scheduled BOOLEAN, action TEXT, urgency INTEGER, rule TEXT,
        source TEXT
    )[], recursive := true)
),
counsel AS (
    SELECT unnest($3::STRUCT(place INTEGER, up_to_e6 BIGINT, bleeding_mask INTEGER, advice TEXT)[], recursive := true)
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
infusion AS (
    SELECT
        patient_key,
        started_on,
        coalesce(ended_on, started_on) AS last_on,
        max(coalesce(ended_on, started_on)) OVER before_it AS before_on
    FROM exposure
    JOIN watched USING (patient_key)
    WHERE superseded_by IS NULL
        AND started_on <= ($1).as_of
        AND agent = ($1).agent
        AND list_contains(($1).settings, setting)
    WINDOW before_it AS (
        PARTITION BY patient_key ORDER BY started_on, last_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    )
),
began AS (
    -- The first infusion of those whose windows overlap up to the last.
    SELECT patient_key, max(started_on) AS began_on, arg_max(last_on, started_on) AS began_last_on
    FROM infusion
    WHERE before_on IS NULL OR started_on > (before_on + to_months(($1).months_after_last_infusion))::DATE
    GROUP BY patient_key
),
written AS (
    SELECT
        patient_key,
        back,
        observed_on,
        count_e6,
        taken_at,
        CASE reading.over WHEN -1 THEN '<' WHEN 1 THEN '>' ELSE '' END AS sign,
        count_e6 - reading.over AS reported_e6,
        sign || rtrim(rtrim(format('{}.{:06d}', reported_e6 // 1000000, reported_e6 % 1000000), '0'), '.') AS reported,
        sign || rtrim(
            rtrim(format('{}.{:06d}', reading.undiluted // 1000000, reading.undiluted % 1000000), '0'), '.'
        ) AS undiluted
    FROM placed
    WHERE back <= 2
),
told_unjudged AS (
    -- The newest, the gravest, the first.
    SELECT
        patient_key,
        max(observed_on) AS unjudged_on,
        arg_max(words, number) AS words,
        min(means_e6) AS least_e6,
        bool_or(clumped) AS clumped,
        min(observed_on) AS first_on,
        arg_min({'at': taken_at}, (observed_on, taken_at IS NULL, taken_at))."at" AS first_at
    FROM unjudged
    GROUP BY patient_key
),
since_bleed AS (
    -- The clean counts since each bleed began, and since its end.
    SELECT
        bled.number,
        count(*) FILTER (observed_on >= started_on) AS counts,
        count(*) FILTER (observed_on >= ended_on) AS counts_after,
        min(count_e6) FILTER (back = 1) AS last_e6,
        min(observed_on) FILTER (back = 1) AS last_on
    FROM bled
    JOIN placed USING (patient_key)
    GROUP BY bled.number
),
stood_bleed AS (
    SELECT
        number,
        patient_key,
        bits,
        started_on,
        stored_seq,
        word,
        referred_on,
        ended_on IS NULL AND referred_on IS NULL AND ($1).as_of > started_on + ($1).present_days AS asked,
        CASE
            WHEN referred_on IS NOT NULL THEN false
            WHEN ended_on IS NULL THEN ($1).as_of <= started_on + ($1).present_days OR bits >= 4
            WHEN coalesce(counts_after, 0) = 0 THEN ($1).as_of <= started_on + ($1).present_days
            ELSE counts_after = 1
                AND last_e6 <= ($1).ended_count_at_most_e6
                AND last_on <= ended_on + ($1).ended_count_within_days
        END AS present,
        referred_on IS NOT NULL AND coalesce(counts, 0) = 0 AS uncounted
    FROM bled
    LEFT JOIN since_bleed USING (number)
),
bleeding AS (
    SELECT
        patient_key,
        bit_or(bits) FILTER (present) AS bleeding_bits,
        min(started_on) FILTER (present) AS bleeding_on,
        min(started_on) FILTER (asked) AS asked_on,
        string_agg(word, ';' ORDER BY started_on, number) FILTER (present OR asked) AS bled_as,
        min(referred_on) FILTER (uncounted) AS uncounted_on,
        max(started_on) AS last_bleeding_on,
        max(stored_seq) FILTER (present OR asked) AS stored_seq
    FROM stood_bleed
    GROUP BY patient_key
),
finding AS (
    SELECT
        watched.*,
        ($1).as_of <= window_ends_on AS in_window,
        last.observed_on AS last_count_on,
        last.count_e6,
        last.reported AS last_count,
        last.undiluted AS citrate_count,
        last.taken_at AS count_at,
        before.observed_on AS previous_on,
        before.count_e6 AS previous_e6,
        before.reported AS previous_count,
        measured_from_on,
        measured_from_e6,
        measured_from,
        confirms_e6,
        unjudged_on,
        words AS unjudged_words,
        least_e6 AS unjudged_e6,
        clumped,
        told_unjudged.first_on AS unjudged_first_on,
        told_unjudged.first_at AS unjudged_first_at,
        CASE WHEN bleeding_bits IS NULL THEN 1 WHEN bleeding_bits >= 4 THEN 4 ELSE 2 END AS bleeding_bit,
        bleeding_on,
        asked_on,
        bled_as,
        uncounted_on,
        answer.outcome AS answered_by,
        answer.done_on AS answered_on,
        anew_back,
        answer.done_on IS NOT NULL AND anew_back IS NULL AS answered,
        CASE
            WHEN last.observed_on IS NULL OR last.observed_on < began_on THEN began_last_on ELSE last.observed_on
        END AS month_from_on,
        coalesce(day.first_on <= first_infusion_on, false) AS counted_before,
        greatest(seen_on, last_bleeding_on) AS found_on,
        greatest(day.found_seq, bleeding.stored_seq) AS found_seq
    FROM watched
    JOIN began USING (patient_key)
    LEFT JOIN day USING (patient_key)
    LEFT JOIN written AS last ON last.patient_key = watched.patient_key AND last.back = 1
    LEFT JOIN written AS before ON before.patient_key = watched.patient_key AND before.back = 2
    LEFT JOIN measured ON measured.patient_key = watched.patient_key AND measured.back = 1
    LEFT JOIN told_unjudged ON told_unjudged.patient_key = watched.patient_key
    LEFT JOIN bleeding ON bleeding.patient_key = watched.patient_key
    LEFT JOIN answer ON answer.patient_key = watched.patient_key
),
held AS MATERIALIZED (
    SELECT
        patient_key,
        rung.place,
        rung.confirmed,
        rung.within_hours,
        rung.unjudged,
        rung.unjudged_up_to_e6,
        rung.uncounted,
        -- A bleeding that is there, not its absence, gives the day.
        bleeding_mask > 0 AND bleeding_mask & 1 = 0 AS bled,
        up_to_e6,
        fall_percent
    FROM finding
    JOIN rung ON (up_to_e6 IS NULL OR count_e6 <= up_to_e6)
        AND (
            fall_percent IS NULL
            OR (count_e6 < measured_from_e6 AND 100 * (measured_from_e6 - count_e6) >= fall_percent * measured_from_e6)
        )
        AND (bleeding_mask = 0 OR bleeding_mask & bleeding_bit > 0)
        AND (NOT rung.unjudged OR unjudged_on IS NOT NULL)
        AND (rung.unjudged_up_to_e6 IS NULL OR unjudged_e6 <= rung.unjudged_up_to_e6)
        AND (NOT rung.uncounted OR uncounted_on IS NOT NULL)
        AND (NOT only_in_window OR in_window)
        AND ((up_to_e6 IS NULL AND fall_percent IS NULL) OR rung.answered = finding.answered)
        AND (once_above_e6 IS NULL OR NOT coalesce(confirms_e6 > once_above_e6 AND confirms_e6 <= up_to_e6, false))
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
past_held AS (
    -- Back through the steps, as long as what is confirmed held and was not lost from sight.
    SELECT
        held.patient_key,
        held.place,
        back,
        anew_back,
        coalesce(placed.count_e6 > up_to_e6, false)
        OR (
            fall_percent IS NOT NULL
            AND 100 * (measured_from_e6 - placed.count_e6) < fall_percent * measured_from_e6
        )
        OR coalesce(lag(placed.observed_on) OVER backwards - placed.observed_on > ($1).previous_within_days, false)
            AS ended
    FROM held
    JOIN finding USING (patient_key)
    JOIN placed ON placed.patient_key = held.patient_key
    WHERE confirmed
    WINDOW backwards AS (PARTITION BY held.patient_key, held.place ORDER BY back)
),
past_run AS (
    SELECT patient_key, place, anew_back, coalesce(min(back) FILTER (ended) - 1, max(back)) AS longest
    FROM past_held
    GROUP BY patient_key, place, anew_back
),
confirming AS (
    -- The first count that confirmed it, or that asks anew: from there the time runs, whatever is counted later.
    SELECT past_run.patient_key, past_run.place, placed.observed_on, placed.taken_at
    FROM past_run
    JOIN placed ON placed.patient_key = past_run.patient_key
        AND placed.back = least(longest - 1, coalesce(anew_back, longest - 1))
),
grave AS (
    -- The first specimen that cannot be judged and may mean no more than a rung asks.
    SELECT
        patient_key,
        place,
        min(unjudged.observed_on) AS observed_on,
        arg_min({'at': taken_at}, (unjudged.observed_on, taken_at IS NULL, taken_at))."at" AS taken_at
    FROM held
    JOIN unjudged USING (patient_key)
    WHERE means_e6 <= unjudged_up_to_e6
    GROUP BY patient_key, place
),
asked AS (
    -- From when each rung that holds asks for something.
    SELECT
        patient_key,
        place,
        within_hours,
        CASE
            WHEN confirmed THEN confirming.observed_on
            WHEN unjudged_up_to_e6 IS NOT NULL THEN grave.observed_on
            WHEN unjudged THEN unjudged_first_on
            WHEN uncounted THEN uncounted_on
            WHEN bled THEN bleeding_on
            ELSE coalesce(last_count_on, month_from_on)
        END AS from_on,
        -- From the time of the specimen where it is known, else, and where it is to be done now, from its day's end.
        coalesce(
            CASE
                WHEN within_hours = 0 THEN NULL
                WHEN confirmed THEN confirming.taken_at
                WHEN unjudged_up_to_e6 IS NOT NULL THEN grave.taken_at
                WHEN unjudged THEN unjudged_first_at
                WHEN NOT uncounted AND NOT bled THEN count_at
            END,
            from_on + 1
        ) + to_hours(within_hours) AS act_by
    FROM held
    JOIN finding USING (patient_key)
    LEFT JOIN confirming USING (patient_key, place)
    LEFT JOIN grave USING (patient_key, place)
),
demanded AS (
    SELECT
        patient_key,
        min(place) AS place,
        min(within_hours) AS within_hours,
        min(from_on + within_hours // 24) AS due_on,
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
        CASE
            WHEN in_window AND month_from_on < window_ends_on
                THEN least((month_from_on + to_months(($1).every_months))::DATE, window_ends_on)
        END AS due_on,
        CASE WHEN ($1).as_of - month_from_on > ($1).overdue_after_days THEN ($1).as_of - due_on END AS late_days
    FROM finding
),
last_done AS (
    SELECT
        patient_key,
        arg_max(outcome, (done_on, row_key)) AS outcome,
        max(done_on) AS done_on,
        arg_max(actor, (done_on, row_key)) AS done_by,
        arg_max({'on': recheck_on}, (done_on, row_key))."on" AS recheck_on,
        arg_max({'why': reason}, (done_on, row_key)).why AS done_why,
        max(done_on) FILTER (list_contains(($1).remove, outcome)) AS removed_on
    FROM done
    GROUP BY patient_key
),
dealt AS (
    -- Only what was found, and known, when somebody acted takes a patient off the list.
    SELECT patient_key, true AS removed
    FROM done
    JOIN finding USING (patient_key)
    WHERE list_contains(($1).remove, outcome)
        AND (found_on IS NULL OR found_on <= done_on)
        AND (found_seq IS NULL OR found_seq <= said_seq)
        AND done_on >= last_infusion_on
        AND NOT elsewhere
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
    coalesce(bleeding_on, asked_on) AS bleeding_since,
    unjudged_on,
    unjudged_words AS unjudged,
    asked_on,
    nullif(
        concat_ws(
            ';',
            CASE WHEN asked_on IS NOT NULL THEN 'bleed_over' END,
            CASE WHEN unjudged_on IS NOT NULL THEN 'repeat_specimen' END,
            CASE WHEN clumped THEN 'smear' END
        ),
        ''
    ) AS asks,
    last_done.outcome,
    last_done.done_on,
    done_by,
    recheck_on,
    done_why,
    coalesce(dealt.removed, false) AS removed,
    finding.answered AND rung.scheduled AS settled,
    coalesce(act_by <= ($1).now, false) AND NOT coalesce(dealt.removed, false) AS escalated,
    itp_onset_on,
    itp_ended_on,
    ($1).programme AS programme,
    CASE WHEN in_window OR NOT rung.scheduled THEN rung.urgency ELSE ($1).no_action END::INTEGER AS urgency,
    act_by,
    demanded.within_hours,
    finding.found_on,
    removed_on,
    advised.place AS advice_place,
    counted_before,
    site,
    bleeding_on,
    citrate_count,
    previous_on,
    bled_as,
    -- Only where the last count has fallen steeply from it.
    count_e6 < measured_from_e6
    AND 100 * (measured_from_e6 - count_e6) >= ($1).fall_percent * measured_from_e6 AS fallen,
    CASE WHEN fallen THEN measured_from END AS measured_from,
    CASE WHEN fallen THEN measured_from_on END AS measured_from_on,
    month_from_on,
    CASE WHEN finding.answered THEN answered_by END AS answered_by,
    CASE WHEN finding.answered THEN answered_on END AS answered_on,
    CASE WHEN NOT rung.scheduled THEN rung.rule END AS demand
FROM finding
JOIN demanded USING (patient_key)
JOIN rung USING (place)
JOIN scheduled USING (patient_key)
LEFT JOIN last_done USING (patient_key)
LEFT JOIN dealt USING (patient_key)
LEFT JOIN itp USING (patient_key)
LEFT JOIN advised USING (patient_key)
LEFT JOIN counsel ON counsel.place = advised.place
ORDER BY urgency, due_on NULLS LAST, patient_id
