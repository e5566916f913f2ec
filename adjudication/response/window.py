"""What one course's walk walks over: its baseline, its window, and the labelled assessments in it."""

from typing import NamedTuple

import numpy as np

from adjudication.compiled import compiled
from adjudication.response.grade import (
    FAIL,
    IGNORED,
    PASS,
    PASSED_OVER,
    UNKNOWN,
    UNSURE,
    LevelRule,
    fold_of_baseline,
    hemolysis_on,
    meets,
    rise_above,
)
from adjudication.response.terms import (
    MISSING,
    NO_DAY,
    CensoredBy,
    Disease,
    Happening,
    HappeningReason,
    Intent,
    StartReason,
    StopReason,
)

NO_EVENT, FAIL_EVENT, UNKNOWN_EVENT, PASSED_EVENT = 0, 1, 2, 3
"""What a happening is in itself. PASSED_EVENT: it would fail, but another cause is recorded (DEF-ITP-24)."""

_BLEED, _RED_CELLS = int(Happening.BLEED), int(Happening.RED_CELLS)
_PLATELETS, _RESCUE_DRUG = int(Happening.PLATELET_TRANSFUSION), int(Happening.RESCUE_DRUG)
_RESCUE_PLATELETS = int(Happening.RESCUE_PLATELETS)
_OTHER_RESCUE, _BRIDGE = int(Happening.OTHER_RESCUE_DRUG), int(Happening.BRIDGE)
CAUSES = (int(Happening.OTHER_CAUSE_ITP), int(Happening.OTHER_CAUSE_AIHA))
_NOT_RELATED = int(HappeningReason.NOT_RELATED)
_MAINTENANCE, _SPARING = int(Intent.MAINTENANCE), int(StartReason.STEROID_SPARING)
_STOPPED_IN_VAIN = int(StopReason.INEFFICACY)
_ITP, _OBSERVATION = int(Disease.ITP), int(Intent.OBSERVATION)
_NEXT, _OTHER, _OPEN = int(CensoredBy.NEXT_COURSE), int(CensoredBy.OTHER_LINEAGE_COURSE), int(CensoredBy.NONE)


class Rule(NamedTuple):
    """A criteria set as the engine takes it: integers only, made by `criteria.compile`. Days and micro units."""

    disease: int
    kind: int
    best: LevelRule
    next: LevelRule
    held: LevelRule
    best_level: int
    next_level: int
    baseline_days: int
    clean_after_transfusion_days: int
    splenectomy_from_first: int
    response_days: int
    failing_days: int
    rescue_drug_days: int
    platelet_days: int
    red_cell_days: int
    bleed_grade: int
    failing_rescues: int
    unknown_rescues: int
    failing_red_cells: int
    losing_reasons: int
    unknown_reasons: int
    inefficacy_reasons: int
    hemolysis_days: int
    markers_needed: int
    fall_below: int
    fall_by: int
    loss_needs_hemolysis: int
    steroid_mg_e6: int
    steroid_days: int
    thrombocytosis: int
    landmark_days: tuple[int, int, int, int]
    landmark_tolerance: tuple[int, int, int, int]
    remission_above: int
    off_days: int
    off_at_least: tuple[int, int]
    bridge_days: int
    passed_rescues: int
    passed_red_cells: int
    fatal_grades: tuple[int, int, int]
    fatal_days: int
    recent_days: int
    death_days: int
    gap_days: int
    pair_gap_days: int
    further_steroid_days: int
    prolonged_days: int
    same_day_times: int


_LEVEL = np.dtype([(name, "i8") for name in LevelRule._fields])
_SHAPES: dict[str, tuple[object, ...]] = {
    "best": (_LEVEL,),
    "next": (_LEVEL,),
    "held": (_LEVEL,),
    "landmark_days": ("i8", (4,)),
    "landmark_tolerance": ("i8", (4,)),
    "off_at_least": ("i8", (2,)),
    "fatal_grades": ("i8", (3,)),
}
RULE = np.dtype([(name, *_SHAPES.get(name, ("i8",))) for name in Rule._fields])
"""`Rule` as one record, which is what compiled functions take."""


class Frame(NamedTuple):
    """What surrounds one course: days, codes and bit masks of start reasons.

    `end` is where its follow-up ends, closed by the course at index `closing_at`; `own_end` where its own window does:
    earlier only where a maintenance course goes on with the follow-up (`continued`). `begun` is the start of the course
    whose agents are no bridge to it, `at` its index.
    """

    start: int
    end: int
    own_end: int
    closed_by: int
    next_reasons: int
    next_continues: int
    closing_at: int
    own_closed_by: int
    at: int
    intent: int
    limit_day: int
    vain_after: int
    attributed_until: int
    failing_from: int
    stopped_in_vain: int
    died_on: int
    baseline_by: int
    further_steroid_on: int
    further_steroid_at: int
    begun: int
    shared: int
    continued: int


COUNT = np.dtype([("day", "i4"), ("value", "i8"), ("high", "i8"), ("row", "i8"), ("held", "i1")])
"""A patient's day value of one analyte (`adjudication.day_values`), in [value, high]; `held`: how it was chosen."""

MARKER = np.dtype([("day", "i4"), ("kind", "i1"), ("state", "i1"), ("row", "i8")])
"""A result of a hemolysis marker."""

HAPPENED = np.dtype(
    [
        ("day", "i4"),
        ("end_day", "i4"),
        ("kind", "i1"),
        ("reason", "i1"),
        ("grade", "i1"),
        ("row", "i8"),
        ("scale", "i1"),
        ("begun", "i4"),
    ]
)
"""A happening; those of a patient stand in [low, high) of all, days ascending."""

ASSESSMENT = np.dtype(
    [
        ("day", "i4"),
        ("value", "i8"),
        ("high", "i8"),
        ("count_at", "i4"),
        ("event", "i1"),
        ("event_at", "i4"),
        ("bleed_at", "i4"),
        ("washed", "i1"),
        ("explained", "i1"),
        ("hemolysis", "i1"),
        ("own_label", "i1"),
        ("wants", "i1"),
        ("any_label", "i1"),
        ("best_label", "i1"),
        ("loss_label", "i1"),
        ("failed_by_event", "i1"),
    ]
)
"""A day of the window that has a count or an event; `…_at` are indices of counts and happenings, -1 = none.

`own_label` is the count's own (with a bleed of its day), whatever else happened; `wants` what an unknown one wants.
"""

CLEAN, TRANSFUSED, BRIDGED = 0, 1, 2
WANTS_BASELINE, WANTS_MARKERS = 1, 2
JUDGED, FOLLOWED = 0, 1
"""How a window is labelled: by the levels against a baseline, or by the level that needs none (DEF-LINE-07)."""


@compiled
def is_note(j, low, high, courses):
    """Whether course `j` of the patient is watch and wait after an active course of its episode (DEF-LINE-08)."""
    if courses.intent[j] != _OBSERVATION:
        return False
    for k in range(low, high):
        if (
            courses.disease[k] == courses.disease[j]
            and courses.episode[k] == courses.episode[j]
            and courses.intent[k] != _OBSERVATION
            and courses.started[k] < courses.started[j]
        ):
            return True
    return False


@compiled
def _further_steroid(rule, i, low, high, courses):
    """Index of the second further corticosteroid course that counts for dependence (DEF-ITP-25), -1 if none."""
    start, other = courses.started[i], NO_DAY
    for j in range(low, high):
        active = courses.intent[j] != _OBSERVATION and courses.intent[j] != _MAINTENANCE
        if courses.disease[j] == courses.disease[i] and active and courses.steroid[j] == 0:
            if courses.started[j] > start:
                other = min(other, courses.started[j])
    seen = 0
    for j in range(low, high):
        begun = courses.started[j]
        steroid = courses.steroid[j] == 1 and courses.intent[j] != _OBSERVATION
        if courses.disease[j] != courses.disease[i] or not steroid or begun <= start:
            continue
        if begun - start <= rule.further_steroid_days and begun < other:
            seen += 1
            if seen == 2:
                return j
    return -1


@compiled
def frame_of(rule, i, low, high, courses, died_on):
    """The frame of course `i` of the patient whose courses stand in [low, high), ordered by start."""
    start, disease = courses.started[i], courses.disease[i]
    mask = 1 << disease
    next_start, other_start, next_reasons, continues, next_at, other_at = NO_DAY, NO_DAY, 0, 0, -1, -1
    baseline_by, shared = start, 0
    if rule.splenectomy_from_first == 1 and courses.splenectomy[i] == 1:
        for j in range(low, high):
            if courses.disease[j] == disease and courses.intent[j] != _OBSERVATION:
                baseline_by = min(baseline_by, courses.started[j])
    for j in range(low, high):
        begun = courses.started[j]
        if begun == start and j != i and courses.disease[j] == disease:
            if courses.episode[j] == courses.episode[i]:
                shared = 1
        if begun <= start:
            continue
        if courses.disease[j] == disease:
            if is_note(j, low, high, courses):
                continue
            if next_start == NO_DAY:
                next_start, next_at = begun, j
            if begun == next_start:
                next_reasons |= 1 << courses.start_reason[j]
                if courses.intent[j] == _MAINTENANCE or courses.start_reason[j] == _SPARING:
                    continues = 1
        elif other_start == NO_DAY and courses.intent[j] != _OBSERVATION and courses.acts_on[j] & mask:
            other_start, other_at = begun, j
    closed_by = _OPEN
    if next_start != NO_DAY or other_start != NO_DAY:
        closed_by = _NEXT if next_start <= other_start else _OTHER
    by_next = closed_by == _NEXT
    end, limit, failing = min(next_start, other_start), courses.attribution[i], courses.failing_from[i]
    in_vain = courses.stop_reason[i] == _STOPPED_IN_VAIN
    vain_after = np.int64(NO_DAY)
    if in_vain and courses.stopped[i] != NO_DAY:
        vain_after = np.int64(courses.stopped[i]) + np.int64(failing)
    limit_day = np.int64(NO_DAY) if limit == NO_DAY else np.int64(start) + np.int64(limit)
    closing_at = next_at if by_next else other_at
    further_at = _further_steroid(rule, i, low, high, courses)
    further_on = np.int64(NO_DAY) if further_at < 0 else np.int64(courses.started[further_at])
    return Frame(
        np.int64(start),
        np.int64(end),
        np.int64(end),
        closed_by,
        next_reasons if by_next else 0,
        continues if by_next else 0,
        closing_at,
        closed_by,
        i,
        np.int64(courses.intent[i]),
        min(limit_day, vain_after),
        vain_after,
        limit_day,
        np.int64(start) + np.int64(failing),
        1 if in_vain else 0,
        np.int64(died_on),
        np.int64(baseline_by),
        further_on,
        further_at,
        np.int64(start),
        shared,
        0,
    )


@compiled
def prolonged(frame, following):
    """The frame of a course whose follow-up goes on through the maintenance course of the frame `following`."""
    return Frame(
        frame.start, following.end, frame.own_end, following.closed_by, following.next_reasons,
        following.next_continues, following.closing_at, frame.own_closed_by, frame.at, frame.intent,
        frame.limit_day, frame.vain_after, frame.attributed_until, frame.failing_from, frame.stopped_in_vain,
        frame.died_on, frame.baseline_by, frame.further_steroid_on, frame.further_steroid_at,
        frame.begun, frame.shared, 1,
    )  # fmt: skip


@compiled
def settled(frame):
    """The frame of a course whose follow-up does not go on through the next one."""
    return Frame(
        frame.start, frame.end, frame.own_end, frame.closed_by, frame.next_reasons, 0, frame.closing_at,
        frame.own_closed_by, frame.at, frame.intent, frame.limit_day, frame.vain_after, frame.attributed_until,
        frame.failing_from, frame.stopped_in_vain, frame.died_on, frame.baseline_by, frame.further_steroid_on,
        frame.further_steroid_at, frame.begun, frame.shared, frame.continued,
    )  # fmt: skip


@compiled
def between(frame, after, until, begun, reasons):
    """A frame for the days in (after, until] under the course of `begun`, up to a next one begun for `reasons`."""
    return Frame(
        np.int64(after), np.int64(until), np.int64(until), _NEXT, reasons, 0, -1, _NEXT, frame.at, frame.intent,
        frame.limit_day, frame.vain_after, frame.attributed_until, frame.failing_from, frame.stopped_in_vain,
        frame.died_on, frame.baseline_by, frame.further_steroid_on, frame.further_steroid_at,
        np.int64(begun), frame.shared, 0,
    )  # fmt: skip


@compiled
def reasons_on(i, low, high, courses):
    """The reasons, as a mask, of the courses that begin with course `i`: one next line (DEF-ITP-28)."""
    reasons = 0
    for j in range(low, high):
        if courses.started[j] == courses.started[i] and courses.disease[j] == courses.disease[i]:
            if not is_note(j, low, high, courses):
                reasons |= 1 << courses.start_reason[j]
    return reasons


@compiled
def bridged_alone_until(i, low, high, courses):
    """The last dose of the courses that begin with course `i` if they are nothing but bridges, else NO_DAY."""
    last = -NO_DAY
    for j in range(low, high):
        if courses.started[j] == courses.started[i] and courses.disease[j] == courses.disease[i]:
            if not is_note(j, low, high, courses):
                last = max(last, np.int64(courses.bridge_until[j]))
    return last


@compiled
def is_bleed(rule, happened, h):
    return (
        rule.bleed_grade != MISSING
        and happened.kind[h] == _BLEED
        and happened.grade[h] >= rule.bleed_grade
        and happened.reason[h] != _NOT_RELATED
    )


@compiled
def other_cause_on(rule, day, happened, low, high):
    """Whether another cause of the disease's low counts is recorded on `day` (DEF-ITP-24, DEF-AIHA-06)."""
    for h in range(low, high):
        if happened.kind[h] == CAUSES[rule.disease] and happened.day[h] <= day <= happened.end_day[h]:
            return True
    return False


@compiled
def is_rescue(kind):
    return kind == _RESCUE_DRUG or kind == _RESCUE_PLATELETS or kind == _OTHER_RESCUE


@compiled
def event_of(rule, happened, h):
    """What a happening is in itself: a failing assessment, one that leaves the level unknown, or neither."""
    kind, reason = happened.kind[h], 1 << happened.reason[h]
    if is_bleed(rule, happened, h):
        return FAIL_EVENT
    if is_rescue(kind):
        if rule.failing_rescues & reason:
            return FAIL_EVENT
        if rule.unknown_rescues & reason:
            return UNKNOWN_EVENT
    if kind == _RED_CELLS and rule.failing_red_cells & reason:
        return FAIL_EVENT
    return NO_EVENT


@compiled
def _passed(rule, happened, h):
    """Whether a failing happening is passed over while another cause is recorded."""
    kind, reason = happened.kind[h], 1 << happened.reason[h]
    return (is_rescue(kind) and rule.passed_rescues & reason > 0) or (
        kind == _RED_CELLS and rule.passed_red_cells == 1
    )


@compiled
def washout_days(rule, kind):
    """Days after a happening, its own day included, in which a count cannot support a response; -1 = none."""
    if kind == _RESCUE_DRUG or kind == _OTHER_RESCUE:
        return rule.rescue_drug_days
    if kind == _PLATELETS or kind == _RESCUE_PLATELETS:
        return rule.platelet_days
    if kind == _RED_CELLS:
        return rule.red_cell_days
    return -1


@compiled
def bridged_by(rule, day, begun, happened, h):
    """Whether happening `h` is a bridge of a course that did not start on `begun`, and reaches `day` (DEF-ITP-23)."""
    return (
        happened.kind[h] == _BRIDGE
        and rule.bridge_days >= 0
        and happened.begun[h] != begun
        and happened.day[h] < day <= happened.end_day[h] + rule.bridge_days
    )


@compiled
def washed_by(rule, day, begun, happened, low, high):
    """The happening with the lowest row whose wash-out reaches `day`, a bridge only if nothing else does; or -1."""
    by, bridge = -1, -1
    for h in range(low, high):
        if 0 <= day - happened.day[h] <= washout_days(rule, happened.kind[h]):
            if by < 0 or happened.row[h] < happened.row[by]:
                by = h
        elif bridged_by(rule, day, begun, happened, h):
            if bridge < 0 or happened.row[h] < happened.row[bridge]:
                bridge = h
    return by if by >= 0 else bridge


@compiled
def _shadowed_by_bridge(rule, day, begun, happened, h):
    """Whether a count of `day` was drawn under the bridge `h`: a rescue, or an agent of another course."""
    if happened.kind[h] == _RESCUE_DRUG and rule.bridge_days >= 0:
        return 0 < day - happened.day[h] <= rule.bridge_days
    return bridged_by(rule, day, begun, happened, h)


@compiled
def _spoiled_by(rule, day, begun, happened, low, high):
    """What spoils a count of `day` as a baseline; a sample on the day of what would is drawn before it."""
    spoiled = CLEAN
    for h in range(low, high):
        kind = happened.kind[h]
        transfused = (
            kind == _PLATELETS or kind == _RESCUE_PLATELETS if rule.disease == _ITP else kind == _RED_CELLS
        )
        if _shadowed_by_bridge(rule, day, begun, happened, h):
            return BRIDGED
        if transfused and 0 < day - happened.day[h] <= rule.clean_after_transfusion_days:
            spoiled = TRANSFUSED
    return spoiled


@compiled
def _last_clean(rule, until, begun, counts, n_counts, happened, low, high):
    """(index of the last clean count in the days up to `until` or -1, what spoiled the later ones at most)."""
    spoiled = CLEAN
    for c in range(n_counts - 1, -1, -1):
        day = counts.day[c]
        if day > until:
            continue
        if day < until - rule.baseline_days:
            break
        by = _spoiled_by(rule, day, begun, happened, low, high)
        if by == CLEAN:
            return c, spoiled
        spoiled = max(spoiled, by)
    return -1, spoiled


@compiled
def baseline_at(rule, start, begun, counts, n_counts, happened, low, high):
    """(index of the baseline among the counts or -1, whether a later count was passed over, whether for a bridge).

    The last clean count in the days up to `start`; where a bridge leaves none, the last one in the days up to and
    including its first day (DEF-ITP-23), the latest such bridge first. The course started on `begun`.
    """
    found, spoiled = _last_clean(rule, start, begun, counts, n_counts, happened, low, high)
    if found >= 0 or rule.bridge_days < 0:
        return found, spoiled != CLEAN, spoiled == BRIDGED
    for h in range(high - 1, low - 1, -1):
        first, last = happened.day[h], happened.end_day[h]
        bridge = happened.kind[h] == _RESCUE_DRUG or (
            happened.kind[h] == _BRIDGE and happened.begun[h] != begun
        )
        if bridge and first < start and last + rule.bridge_days >= start - rule.baseline_days:
            found, _ = _last_clean(rule, first, begun, counts, n_counts, happened, low, high)
            if found >= 0:
                return found, True, True
    return -1, spoiled != CLEAN, spoiled == BRIDGED


@compiled
def levels_met(rule, how, value, baseline, bleeding, hemolysis):
    """(answer of the better level, answer of that or the next) for one exact value."""
    best = meets(rule.best, value, baseline, bleeding, hemolysis)
    if how == FOLLOWED:
        return best, meets(rule.held, value, baseline, bleeding, hemolysis)
    return best, max(best, meets(rule.next, value, baseline, bleeding, hemolysis))


@compiled
def _label(own, event, washed, explained):
    """The label of an assessment with a count, from the count's own label and what happened that day."""
    if event == FAIL_EVENT:
        return FAIL
    if event == PASSED_EVENT:
        return PASSED_OVER
    label = own
    if own == FAIL:
        label = PASSED_OVER if explained else FAIL
    elif washed:
        label = IGNORED
    if event == UNKNOWN_EVENT and label != FAIL:
        label = UNKNOWN
    return label


@compiled
def _related(rule, value, baseline):
    """Whether a value stands to the baseline as the next level asks."""
    if rule.next.fold_e3 != MISSING:
        return fold_of_baseline(value, baseline, rule.next.fold_e3)
    if rule.next.rise_above != MISSING:
        return rise_above(value, baseline, rule.next.rise_above)
    return PASS


@compiled
def _wants(rule, value, high, baseline, baseline_high, hemolysis):
    """What would have to be known of a count that cannot be judged: a baseline that is no limit, or markers."""
    wants = 0
    if baseline == MISSING or baseline != baseline_high:
        lowest, highest = _related(rule, value, baseline_high), _related(rule, high, baseline)
        if lowest == UNKNOWN or lowest != highest:
            wants = WANTS_BASELINE
    if rule.best.no_hemolysis == 1 and hemolysis == UNSURE and high > rule.best.above:
        wants |= WANTS_MARKERS
    return wants


@compiled
def weigh(rule, how, baseline, baseline_high, i, value, high, out):
    """Give assessment `i` of `out` a count in [value, high], and label it by that and what is known of its day.

    A limit gives an answer only where both its ends give the same one (DEF-UNIT-03).
    """
    bleeding, hemolysis = out.bleed_at[i] >= 0, out.hemolysis[i]
    best, own = levels_met(rule, how, value, baseline_high, bleeding, hemolysis)
    if value != high or baseline != baseline_high:
        top_best, top = levels_met(rule, how, high, baseline, bleeding, hemolysis)
        best = best if best == top_best else UNKNOWN
        own = own if own == top else UNKNOWN
    washed, event, explained = out.washed[i] == 1, out.event[i], out.explained[i] == 1
    out.value[i], out.high[i] = value, high
    out.own_label[i], out.wants[i] = own, 0
    if own == UNKNOWN:
        out.wants[i] = _wants(rule, value, high, baseline, baseline_high, hemolysis)
    out.best_label[i] = _label(best, event, washed, explained)
    out.any_label[i] = _label(own, event, washed, explained)


@compiled
def assess(
    rule, how, frame, baseline, baseline_high, counts, n_counts, markers, n_markers, happened, low, high, out
):
    """Fill `out` with the labelled assessments of the window (start, end]; returns how many."""
    n, c, h = 0, 0, low
    while c < n_counts and counts.day[c] <= frame.start:
        c += 1
    while True:
        while h < high and (happened.day[h] <= frame.start or event_of(rule, happened, h) == NO_EVENT):
            h += 1
        day = NO_DAY
        if c < n_counts:
            day = counts.day[c]
        if h < high:
            day = min(day, happened.day[h])
        if day == NO_DAY or day > frame.end:
            return n
        out.day[n] = day
        explained = other_cause_on(rule, day, happened, low, high)
        event, event_at = NO_EVENT, -1
        while h < high and happened.day[h] == day:
            own = event_of(rule, happened, h)
            if own == FAIL_EVENT and explained and _passed(rule, happened, h):
                own = PASSED_EVENT
            if own == FAIL_EVENT and (event != FAIL_EVENT or happened.row[h] < happened.row[event_at]):
                event, event_at = own, h
            elif own == UNKNOWN_EVENT and event != FAIL_EVENT and event != UNKNOWN_EVENT:
                event, event_at = own, h
            elif own == PASSED_EVENT and event == NO_EVENT:
                event, event_at = own, h
            h += 1
        bleed_at = -1
        for b in range(low, high):
            if happened.day[b] > day:
                break
            if is_bleed(rule, happened, b) and day <= happened.end_day[b]:
                if bleed_at < 0 or happened.row[b] < happened.row[bleed_at]:
                    bleed_at = b
        out.event[n], out.event_at[n], out.bleed_at[n] = event, event_at, bleed_at
        out.failed_by_event[n] = 1 if event == FAIL_EVENT else 0
        out.explained[n] = 1 if explained else 0
        out.hemolysis[n] = UNSURE
        out.washed[n] = 1 if washed_by(rule, day, frame.begun, happened, low, high) >= 0 else 0
        if c < n_counts and counts.day[c] == day:
            out.count_at[n] = c
            if rule.disease != _ITP:
                out.hemolysis[n] = hemolysis_on(
                    day, rule.hemolysis_days, rule.markers_needed, markers, n_markers
                )
            weigh(rule, how, baseline, baseline_high, n, counts.value[c], counts.high[c], out)
            c += 1
        else:
            out.value[n], out.high[n], out.count_at[n] = MISSING, MISSING, -1
            out.own_label[n], out.wants[n] = UNKNOWN, 0
            label = UNKNOWN
            if event == FAIL_EVENT:
                label = FAIL
            elif event == PASSED_EVENT:
                label = PASSED_OVER
            out.best_label[n] = out.any_label[n] = label
        n += 1


@compiled
def at_best_level(rule, baseline_at, start, counts, markers, n_markers, happened, low, high, begun):
    """Whether the clean baseline at index `baseline_at` meets every condition of the better level up to the start."""
    day = counts.day[baseline_at]
    hemolysis = hemolysis_on(day, rule.hemolysis_days, rule.markers_needed, markers, n_markers)
    for h in range(low, high):
        if is_bleed(rule, happened, h) and happened.day[h] <= start and happened.end_day[h] >= day:
            return False
    if rule.disease != _ITP and washed_by(rule, day, begun, happened, low, high) >= 0:
        return False
    value = counts.value[baseline_at]
    return meets(rule.best, value, value, False, hemolysis) == PASS
