"""The few rows that decided a call: cited by row number, in a fixed order, enough to reach the same call again."""

from typing import NamedTuple

import numpy as np
from numba import njit

from adjudication.grade import FAIL, IGNORED, PASS, PRESENT, nearest_marker
from adjudication.series import Int8, Int32, Int64
from adjudication.terms import (
    MISSING,
    Disease,
    DurationStatus,
    Happening,
    Kind,
    Level,
    MarkerState,
    Predicate,
    Reason,
    Source,
    Step,
)
from adjudication.window import FAIL_EVENT, NO_EVENT

MOST_ROWS = 32
"""No call cites more rows than this: every step once, with its event and its markers."""

_ITP = int(Disease.ITP)
_NR, _NE, _CR = int(Level.NR), int(Level.NE), int(Level.CR)
_R_FAILING, _R_INEFFICACY = int(Reason.FAILING_CONFIRMED), int(Reason.NEXT_COURSE_FOR_INEFFICACY)
_R_STEROID, _R_MAINTENANCE = int(Reason.CORTICOSTEROID_DEPENDENT), int(Reason.MAINTENANCE_COURSE)
_R_LATE = int(Reason.LATE_RESPONSE)
_NORMAL, _ABNORMAL = int(MarkerState.NORMAL), int(MarkerState.ABNORMAL)
_CENSORED, _DEATH = int(DurationStatus.CENSORED), int(DurationStatus.DEATH)
_MARKERS = (int(Kind.HAPTOGLOBIN), int(Kind.LDH), int(Kind.BILIRUBIN), int(Kind.RETICULOCYTES))

_BASELINE, _ONSET, _CONFIRMING = int(Step.BASELINE), int(Step.ONSET), int(Step.CONFIRMING)
_LATE_ONSET, _LATE_CONFIRMING = int(Step.LATE_ONSET), int(Step.LATE_CONFIRMING)
_CR_ONSET, _CR_CONFIRMING = int(Step.CR_ONSET), int(Step.CR_CONFIRMING)
_HEMOLYSIS, _REFUTES = int(Step.HEMOLYSIS), int(Step.REFUTES_BETTER)
_FAILING, _FAILING_CONFIRMING = int(Step.FAILING), int(Step.FAILING_CONFIRMING)
_PEAK, _LOST, _LOST_CONFIRMING = int(Step.PEAK), int(Step.LOST), int(Step.LOST_CONFIRMING)
_CR_LOST, _CR_LOST_CONFIRMING = int(Step.CR_LOST), int(Step.CR_LOST_CONFIRMING)
_CENSORING = int(Step.CENSORING)

_P_BASELINE, _P_AT_LEAST, _P_ABOVE = int(Predicate.BASELINE), int(Predicate.AT_LEAST), int(Predicate.ABOVE)
_P_FOLD, _P_RISE = int(Predicate.FOLD_OF_BASELINE), int(Predicate.RISE_ABOVE)
_P_FALL, _P_BLEEDING = int(Predicate.FALL_FROM_PEAK), int(Predicate.NO_BLEEDING)
_P_TRANSFUSION, _P_HEMOLYSIS, _P_RESCUE = (
    int(Predicate.TRANSFUSION_FREE),
    int(Predicate.NO_HEMOLYSIS),
    int(Predicate.RESCUE),
)
_OBSERVATION, _BLEED, _TRANSFUSION, _RESCUE = (
    int(Source.OBSERVATION),
    int(Source.BLEED),
    int(Source.TRANSFUSION),
    int(Source.RESCUE),
)
_H_BLEED, _H_RED_CELLS, _H_PLATELETS = (
    int(Happening.BLEED),
    int(Happening.RED_CELLS),
    int(Happening.PLATELET_TRANSFUSION),
)


class Cited(NamedTuple):
    """Evidence rows of one course, written in place; `count[0]` says how many."""

    step: Int8
    source: Int8
    row: Int64
    day: Int32
    predicate: Int8
    threshold: Int64
    value: Int64
    held: Int8
    count: Int64


@njit(cache=True)
def blank_cited():  # type: ignore[no-untyped-def]
    return Cited(
        np.empty(MOST_ROWS, np.int8),
        np.empty(MOST_ROWS, np.int8),
        np.empty(MOST_ROWS, np.int64),
        np.empty(MOST_ROWS, np.int32),
        np.empty(MOST_ROWS, np.int8),
        np.empty(MOST_ROWS, np.int64),
        np.empty(MOST_ROWS, np.int64),
        np.empty(MOST_ROWS, np.int8),
        np.zeros(1, np.int64),
    )


@njit(cache=True)
def _write(cited, step, source, row, day, predicate, threshold, value, held):  # type: ignore[no-untyped-def]
    n = cited.count[0]
    cited.step[n], cited.source[n], cited.row[n], cited.day[n] = step, source, row, day
    cited.predicate[n], cited.threshold[n], cited.value[n] = predicate, threshold, value
    cited.held[n] = 1 if held else 0
    cited.count[0] = n + 1


@njit(cache=True)
def demand(rule, lowest, baseline):  # type: ignore[no-untyped-def]
    """(predicate, threshold) that the better level (`lowest` False) or the lowest level demands of a count."""
    best = rule.best
    if best.at_least != MISSING:
        if lowest and baseline != MISSING:
            fold = (rule.next.fold_e3 * baseline) // 1000
            if fold <= rule.next.at_least:
                return _P_AT_LEAST, rule.next.at_least
            if fold < best.at_least:
                return _P_FOLD, fold
        return _P_AT_LEAST, best.at_least
    if lowest and baseline != MISSING:
        return _P_RISE, baseline + rule.next.rise_above
    return _P_ABOVE, best.above


@njit(cache=True)
def met(predicate, value, threshold):  # type: ignore[no-untyped-def]
    if predicate == _P_AT_LEAST or predicate == _P_FOLD or predicate == _P_FALL:
        return value >= threshold
    return value > threshold


@njit(cache=True)
def _cite_happening(cited, step, happened, h):  # type: ignore[no-untyped-def]
    kind = happened.kind[h]
    if kind == _H_BLEED:
        source, predicate = _BLEED, _P_BLEEDING
    elif kind == _H_RED_CELLS or kind == _H_PLATELETS:
        source, predicate = _TRANSFUSION, _P_TRANSFUSION
    else:
        source, predicate = _RESCUE, _P_RESCUE
    _write(cited, step, source, happened.row[h], happened.day[h], predicate, MISSING, MISSING, False)


@njit(cache=True)
def _cite(cited, step, i, lowest, rule, baseline, seen, counts, happened):  # type: ignore[no-untyped-def]
    """Cite assessment `i`: its count, and what happened that day when that makes the label."""
    if seen.count_at[i] >= 0:
        value = seen.value[i]
        predicate, threshold = demand(rule, lowest, baseline)
        if step >= _LOST and step <= _LOST_CONFIRMING and fell(rule, seen, i):
            predicate, threshold = _P_FALL, rule.fall_below
        _write(
            cited, step, _OBSERVATION, counts.row[seen.count_at[i]], seen.day[i],
            predicate, threshold, value, met(predicate, value, threshold),
        )  # fmt: skip
    if seen.event[i] == FAIL_EVENT:
        _cite_happening(cited, step, happened, seen.event_at[i])
    elif seen.bleed_at[i] >= 0:
        _cite_happening(cited, step, happened, seen.bleed_at[i])


@njit(cache=True)
def fell(rule, seen, i):  # type: ignore[no-untyped-def]
    """Whether an assessment fails only because it fell from the peak (DEF-AIHA-06)."""
    return (
        rule.loss_needs_hemolysis == 1
        and seen.event[i] != FAIL_EVENT
        and seen.any_label[i] != FAIL
        and seen.loss_label[i] == FAIL
    )


@njit(cache=True)
def _cite_marker(cited, m, markers):  # type: ignore[no-untyped-def]
    for k in range(cited.count[0]):
        if cited.source[k] == _OBSERVATION and cited.row[k] == markers.row[m]:
            return
    _write(
        cited, _HEMOLYSIS, _OBSERVATION, markers.row[m], markers.day[m],
        _P_HEMOLYSIS, MISSING, MISSING, markers.state[m] == _NORMAL,
    )  # fmt: skip


@njit(cache=True)
def _cite_normal_markers(cited, day, rule, markers, n_markers):  # type: ignore[no-untyped-def]
    """The first two normal markers nearest to `day`; haptoglobin and LDH come first, so one of them is among them."""
    found = 0
    for kind in _MARKERS:
        state, m = nearest_marker(day, kind, rule.hemolysis_days, markers, n_markers)
        if state == _NORMAL and found < 2:
            found += 1
            _cite_marker(cited, m, markers)


@njit(cache=True)
def _cite_abnormal_marker(cited, day, rule, markers, n_markers):  # type: ignore[no-untyped-def]
    lowest = -1
    for kind in _MARKERS:
        state, m = nearest_marker(day, kind, rule.hemolysis_days, markers, n_markers)
        if state == _ABNORMAL and (lowest < 0 or markers.row[m] < markers.row[lowest]):
            lowest = m
    if lowest >= 0:
        _cite_marker(cited, lowest, markers)


@njit(cache=True)
def refuter(seen, begin_at, stop_at):  # type: ignore[no-untyped-def]
    """In [begin_at, stop_at) the highest count that is not at the better level; the earliest of equals; -1 if none."""
    best = -1
    for i in range(begin_at, stop_at):
        if seen.count_at[i] >= 0 and seen.best_label[i] != PASS and seen.best_label[i] != IGNORED:
            if best < 0 or seen.value[i] > seen.value[best]:
                best = i
    return best


@njit(cache=True)
def highest(seen, n):  # type: ignore[no-untyped-def]
    """The highest count of the window that may be judged and is not an event itself; -1 if none."""
    best = -1
    for i in range(n):
        if seen.count_at[i] >= 0 and seen.any_label[i] != IGNORED and seen.event[i] == NO_EVENT:
            if best < 0 or seen.value[i] > seen.value[best]:
                best = i
    return best


@njit(cache=True)
def cite(cited, found, rule, baseline, baseline_at, n, seen, counts, markers, n_markers, happened):  # type: ignore[no-untyped-def]
    """Write the evidence of one call into `cited`, in the order of `Step`."""
    cited.count[0] = 0
    if baseline_at >= 0:
        _write(
            cited, _BASELINE, _OBSERVATION, counts.row[baseline_at], counts.day[baseline_at],
            _P_BASELINE, MISSING, counts.value[baseline_at], True,
        )  # fmt: skip
    if found.reason == _R_MAINTENANCE:
        return
    unanswered = found.level == _NR or found.level == _NE
    late = found.reason == _R_LATE
    if found.onset >= 0:
        _cite(
            cited, _LATE_ONSET if late else _ONSET, found.onset, True, rule, baseline, seen, counts, happened
        )
        _cite(
            cited, _LATE_CONFIRMING if late else _CONFIRMING, found.confirming, True,
            rule, baseline, seen, counts, happened,
        )  # fmt: skip
    if found.level == _CR:
        _cite(cited, _CR_ONSET, found.cr_onset, False, rule, baseline, seen, counts, happened)
        _cite(cited, _CR_CONFIRMING, found.cr_confirming, False, rule, baseline, seen, counts, happened)
        if rule.disease != _ITP:
            _cite_normal_markers(cited, seen.day[found.cr_onset], rule, markers, n_markers)
            _cite_normal_markers(cited, seen.day[found.cr_confirming], rule, markers, n_markers)
    elif unanswered:
        i = highest(seen, n)
        if i >= 0:
            _cite(cited, _REFUTES, i, True, rule, baseline, seen, counts, happened)
    else:
        for part in range(2):
            begin_at = found.onset if part == 0 else found.confirming + 1
            i = refuter(seen, begin_at, (found.confirming if part == 0 else found.last_held) + 1)
            if i >= 0:
                _cite(cited, _REFUTES, i, False, rule, baseline, seen, counts, happened)
                if rule.disease != _ITP and seen.hemolysis[i] == PRESENT:
                    _cite_abnormal_marker(cited, seen.day[i], rule, markers, n_markers)
    if found.failing >= 0:
        _cite(cited, _FAILING, found.failing, True, rule, baseline, seen, counts, happened)
        if found.failing_confirming >= 0:
            _cite(
                cited, _FAILING_CONFIRMING, found.failing_confirming, True,
                rule, baseline, seen, counts, happened,
            )  # fmt: skip
    if found.lost >= 0:
        if fell(rule, seen, found.lost):
            peak = found.onset
            for i in range(found.onset, found.lost + 1):
                if seen.count_at[i] >= 0 and seen.washed[i] == 0 and seen.value[i] > seen.value[peak]:
                    peak = i
            _cite(cited, _PEAK, peak, True, rule, baseline, seen, counts, happened)
        _cite(cited, _LOST, found.lost, True, rule, baseline, seen, counts, happened)
        if found.lost_confirming > found.lost:
            _cite(
                cited, _LOST_CONFIRMING, found.lost_confirming, True, rule, baseline, seen, counts, happened
            )
    if found.cr_lost >= 0:
        _cite(cited, _CR_LOST, found.cr_lost, False, rule, baseline, seen, counts, happened)
        if found.cr_lost_confirming > found.cr_lost:
            _cite(
                cited, _CR_LOST_CONFIRMING, found.cr_lost_confirming, False,
                rule, baseline, seen, counts, happened,
            )  # fmt: skip
    held_to_the_end = found.duration_status == _CENSORED or found.duration_status == _DEATH
    if held_to_the_end and found.last_held > found.confirming:
        _cite(cited, _CENSORING, found.last_held, True, rule, baseline, seen, counts, happened)
