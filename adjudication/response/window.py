"""What one course's walk walks over: its baseline, its window, and the labelled assessments in it."""

from typing import NamedTuple

import numpy as np

from adjudication.compiled import compiled
from adjudication.response.grade import FAIL, IGNORED, UNKNOWN, UNSURE, LevelRule, hemolysis_on, meets
from adjudication.response.terms import (
    MISSING,
    NO_DAY,
    CensoredBy,
    Disease,
    Happening,
    HappeningReason,
    Intent,
)

NO_EVENT, FAIL_EVENT, UNKNOWN_EVENT = 0, 1, 2

_BLEED, _RED_CELLS = int(Happening.BLEED), int(Happening.RED_CELLS)
_PLATELETS, _RESCUE_DRUG = int(Happening.PLATELET_TRANSFUSION), int(Happening.RESCUE_DRUG)
_RESCUE_PLATELETS = int(Happening.RESCUE_PLATELETS)
_NOT_RELATED = int(HappeningReason.NOT_RELATED)
_ITP, _OBSERVATION = int(Disease.ITP), int(Intent.OBSERVATION)
_NEXT, _OTHER, _OPEN = int(CensoredBy.NEXT_COURSE), int(CensoredBy.OTHER_LINEAGE_COURSE), int(CensoredBy.NONE)


class Rule(NamedTuple):
    """A criteria set as the engine takes it: integers only, made by `criteria.compile`. Days and micro units."""

    disease: int
    kind: int
    best: LevelRule
    next: LevelRule
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


_LEVEL = np.dtype([(name, "i8") for name in LevelRule._fields])
_SHAPES: dict[str, tuple[object, ...]] = {
    "best": (_LEVEL,),
    "next": (_LEVEL,),
    "landmark_days": ("i8", (4,)),
    "landmark_tolerance": ("i8", (4,)),
    "off_at_least": ("i8", (2,)),
}
RULE = np.dtype([(name, *_SHAPES.get(name, ("i8",))) for name in Rule._fields])
"""`Rule` as one record, which is what compiled functions take."""


class Frame(NamedTuple):
    """What surrounds one course: days, codes and bit masks of start reasons."""

    start: int
    end: int
    closed_by: int
    next_reasons: int
    intent: int
    limit_day: int
    died_on: int
    baseline_by: int
    further_steroid_on: int


COUNT = np.dtype([("day", "i4"), ("value", "i8"), ("row", "i8")])
"""A patient's day value of one analyte: the lowest evaluable value of that day."""

MARKER = np.dtype([("day", "i4"), ("kind", "i1"), ("state", "i1"), ("row", "i8")])
"""A result of a hemolysis marker."""

HAPPENED = np.dtype(
    [("day", "i4"), ("end_day", "i4"), ("kind", "i1"), ("reason", "i1"), ("grade", "i1"), ("row", "i8")]
)
"""A happening; those of a patient stand in [low, high) of all, days ascending."""

ASSESSMENT = np.dtype(
    [
        ("day", "i4"),
        ("value", "i8"),
        ("count_at", "i4"),
        ("event", "i1"),
        ("event_at", "i4"),
        ("bleed_at", "i4"),
        ("washed", "i1"),
        ("hemolysis", "i1"),
        ("any_label", "i1"),
        ("best_label", "i1"),
        ("loss_label", "i1"),
        ("cr_loss_label", "i1"),
        ("failed_by_event", "i1"),
    ]
)
"""A day of the window that has a count or an event; `…_at` are indices of counts and happenings, -1 = none."""


@compiled
def is_note(j, low, high, courses):
    """Whether course `j` of the patient is watch and wait after an active course: a note, which ends nothing."""
    if courses.intent[j] != _OBSERVATION:
        return False
    for k in range(low, high):
        if (
            courses.disease[k] == courses.disease[j]
            and courses.intent[k] != _OBSERVATION
            and courses.started[k] < courses.started[j]
        ):
            return True
    return False


@compiled
def frame_of(rule, i, low, high, courses, died_on):
    """The frame of course `i` of the patient whose courses stand in [low, high), ordered by start."""
    start, disease = courses.started[i], courses.disease[i]
    mask = 1 << disease
    next_start, other_start, next_reasons, further, seen = NO_DAY, NO_DAY, 0, NO_DAY, 0
    baseline_by = start
    if rule.splenectomy_from_first == 1 and courses.splenectomy[i] == 1:
        for j in range(low, high):
            if courses.disease[j] == disease and courses.intent[j] != _OBSERVATION:
                baseline_by = min(baseline_by, courses.started[j])
    for j in range(low, high):
        begun = courses.started[j]
        if begun <= start:
            continue
        if courses.disease[j] == disease:
            if is_note(j, low, high, courses):
                continue
            if next_start == NO_DAY:
                next_start = begun
            if begun == next_start:
                next_reasons |= 1 << courses.start_reason[j]
            if courses.steroid[j] == 1:
                seen += 1
                if seen == 2:
                    further = begun
        elif other_start == NO_DAY and courses.intent[j] != _OBSERVATION and courses.acts_on[j] & mask:
            other_start = begun
    closed_by = _OPEN
    if next_start != NO_DAY or other_start != NO_DAY:
        closed_by = _NEXT if next_start <= other_start else _OTHER
    limit = courses.attribution[i]
    return Frame(
        np.int64(start),
        np.int64(min(next_start, other_start)),
        closed_by,
        next_reasons if closed_by == _NEXT else 0,
        np.int64(courses.intent[i]),
        NO_DAY if limit == NO_DAY else np.int64(start) + np.int64(limit),
        np.int64(died_on),
        np.int64(baseline_by),
        np.int64(further),
    )


@compiled
def is_bleed(rule, happened, h):
    return (
        rule.bleed_grade != MISSING
        and happened.kind[h] == _BLEED
        and happened.grade[h] >= rule.bleed_grade
        and happened.reason[h] != _NOT_RELATED
    )


@compiled
def event_of(rule, happened, h):
    """What a happening is in itself: a failing assessment, one that leaves the level unknown, or neither."""
    kind, reason = happened.kind[h], 1 << happened.reason[h]
    if is_bleed(rule, happened, h):
        return FAIL_EVENT
    if kind == _RESCUE_DRUG or kind == _RESCUE_PLATELETS:
        if rule.failing_rescues & reason:
            return FAIL_EVENT
        if rule.unknown_rescues & reason:
            return UNKNOWN_EVENT
    if kind == _RED_CELLS and rule.failing_red_cells & reason:
        return FAIL_EVENT
    return NO_EVENT


@compiled
def washout_days(rule, kind):
    """Days after a happening, its own day included, in which a count cannot support a response; -1 = none."""
    if kind == _RESCUE_DRUG:
        return rule.rescue_drug_days
    if kind == _PLATELETS or kind == _RESCUE_PLATELETS:
        return rule.platelet_days
    if kind == _RED_CELLS:
        return rule.red_cell_days
    return -1


@compiled
def washed_by(rule, day, happened, low, high):
    """The happening with the lowest row whose wash-out reaches `day`; -1 if none does."""
    by = -1
    for h in range(low, high):
        gap = day - happened.day[h]
        if 0 <= gap <= washout_days(rule, happened.kind[h]) and (
            by < 0 or happened.row[h] < happened.row[by]
        ):
            by = h
    return by


@compiled
def baseline_at(rule, start, counts, n_counts, happened, low, high):
    """(index of the baseline among the counts or -1, whether a later count was passed over).

    The last count in the days up to `start` that was not drawn in the days after a transfusion; a sample on the
    day of the transfusion is taken to be drawn before it.
    """
    passed_over = False
    for c in range(n_counts - 1, -1, -1):
        day = counts.day[c]
        if day > start:
            continue
        if day < start - rule.baseline_days:
            break
        clean = True
        for h in range(low, high):
            kind = happened.kind[h]
            transfused = (
                kind == _PLATELETS or kind == _RESCUE_PLATELETS
                if rule.disease == _ITP
                else kind == _RED_CELLS
            )
            if transfused and 0 < day - happened.day[h] <= rule.clean_after_transfusion_days:
                clean = False
        if clean:
            return c, passed_over
        passed_over = True
    return -1, passed_over


@compiled
def label_of(rule, level, value, baseline, bleeding, hemolysis, washed, event):
    """The label of an assessment with a count, from its value and what happened that day."""
    if event == FAIL_EVENT:
        return FAIL
    label = meets(rule.best, value, baseline, bleeding, hemolysis)
    if level == 1:
        label = max(label, meets(rule.next, value, baseline, bleeding, hemolysis))
    if washed and label != FAIL:
        label = IGNORED
    if event == UNKNOWN_EVENT and label != FAIL:
        label = UNKNOWN
    return label


@compiled
def weigh(rule, baseline, i, value, out):
    """Give assessment `i` of `out` the count `value`, and label it by that and what is known of its day."""
    bleeding, hemolysis = out.bleed_at[i] >= 0, out.hemolysis[i]
    washed, event = out.washed[i] == 1, out.event[i]
    out.value[i] = value
    out.best_label[i] = label_of(rule, 0, value, baseline, bleeding, hemolysis, washed, event)
    out.any_label[i] = label_of(rule, 1, value, baseline, bleeding, hemolysis, washed, event)


@compiled
def assess(rule, frame, baseline, counts, n_counts, markers, n_markers, happened, low, high, out):
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
        event, event_at = NO_EVENT, -1
        while h < high and happened.day[h] == day:
            own = event_of(rule, happened, h)
            if own == FAIL_EVENT and (event != FAIL_EVENT or happened.row[h] < happened.row[event_at]):
                event, event_at = own, h
            elif own == UNKNOWN_EVENT and event == NO_EVENT:
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
        out.hemolysis[n] = UNSURE
        out.washed[n] = 1 if washed_by(rule, day, happened, low, high) >= 0 else 0
        if c < n_counts and counts.day[c] == day:
            out.count_at[n] = c
            if rule.disease != _ITP:
                out.hemolysis[n] = hemolysis_on(
                    day, rule.hemolysis_days, rule.markers_needed, markers, n_markers
                )
            weigh(rule, baseline, n, counts.value[c], out)
            c += 1
        else:
            out.value[n], out.count_at[n] = MISSING, -1
            out.best_label[n] = out.any_label[n] = FAIL if event == FAIL_EVENT else UNKNOWN
        n += 1
