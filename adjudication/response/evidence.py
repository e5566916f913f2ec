"""The few rows that decided a call: cited by row number, in a fixed order, enough to reach the same call again."""

import numpy as np

from adjudication.compiled import compiled
from adjudication.response.grade import FAIL, IGNORED, PASS, PRESENT, UNKNOWN, nearest_marker
from adjudication.response.same_day import TOP
from adjudication.response.terms import (
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
from adjudication.response.window import FAIL_EVENT, NO_EVENT, UNKNOWN_EVENT, is_bleed, washed_by

MOST_ROWS = 64
"""No call cites more rows than this: every step once, with its event and its markers."""

_ITP = int(Disease.ITP)
_NR, _NE, _CR = int(Level.NR), int(Level.NE), int(Level.CR)
_R_FAILING, _R_INEFFICACY = int(Reason.FAILING_CONFIRMED), int(Reason.NEXT_COURSE_FOR_INEFFICACY)
_R_STEROID, _R_STARTED = int(Reason.CORTICOSTEROID_DEPENDENT), int(Reason.STARTED_IN_RESPONSE)
_R_LATE, _R_ONSET = int(Reason.LATE_RESPONSE), int(Reason.ONSET_NOT_OBSERVED)
_R_NOTE = int(Reason.OBSERVATION_AFTER_TREATMENT)
_NORMAL, _ABNORMAL = int(MarkerState.NORMAL), int(MarkerState.ABNORMAL)
_NO_DURATION = int(DurationStatus.NONE)
_MARKERS = (int(Kind.HAPTOGLOBIN), int(Kind.LDH), int(Kind.BILIRUBIN), int(Kind.RETICULOCYTES))

_BASELINE, _ONSET, _CONFIRMING = np.int64(Step.BASELINE), np.int64(Step.ONSET), np.int64(Step.CONFIRMING)
_LATE_ONSET, _LATE_CONFIRMING = np.int64(Step.LATE_ONSET), np.int64(Step.LATE_CONFIRMING)
_CR_ONSET, _CR_CONFIRMING = np.int64(Step.CR_ONSET), np.int64(Step.CR_CONFIRMING)
_HEMOLYSIS, _REFUTES = np.int64(Step.HEMOLYSIS), np.int64(Step.REFUTES_BETTER)
_FAILING, _FAILING_CONFIRMING = np.int64(Step.FAILING), np.int64(Step.FAILING_CONFIRMING)
_PEAK, _LOST, _LOST_CONFIRMING = np.int64(Step.PEAK), np.int64(Step.LOST), np.int64(Step.LOST_CONFIRMING)
_CR_LOST, _CR_LOST_CONFIRMING = np.int64(Step.CR_LOST), np.int64(Step.CR_LOST_CONFIRMING)
_CENSORING, _HELD = np.int64(Step.CENSORING), np.int64(Step.HELD)

_P_BASELINE, _P_AT_LEAST, _P_ABOVE = (
    np.int64(Predicate.BASELINE),
    np.int64(Predicate.AT_LEAST),
    np.int64(Predicate.ABOVE),
)
_P_FOLD, _P_RISE = np.int64(Predicate.FOLD_OF_BASELINE), np.int64(Predicate.RISE_ABOVE)
_P_FALL, _P_BLEEDING = np.int64(Predicate.FALL_FROM_PEAK), np.int64(Predicate.NO_BLEEDING)
_P_TRANSFUSION, _P_HEMOLYSIS, _P_RESCUE = (
    np.int64(Predicate.TRANSFUSION_FREE),
    np.int64(Predicate.NO_HEMOLYSIS),
    np.int64(Predicate.RESCUE),
)
_OBSERVATION, _BLEED, _TRANSFUSION, _RESCUE = (
    np.int64(Source.OBSERVATION),
    np.int64(Source.BLEED),
    np.int64(Source.TRANSFUSION),
    np.int64(Source.RESCUE),
)
_DOSE_STEP, _H_BRIDGE = np.int64(Source.COURSE_AGENT), int(Happening.BRIDGE)
_H_BLEED, _H_RED_CELLS, _H_PLATELETS = (
    int(Happening.BLEED),
    int(Happening.RED_CELLS),
    int(Happening.PLATELET_TRANSFUSION),
)


CITED = np.dtype(
    [
        ("step", "i1"),
        ("source", "i1"),
        ("row", "i8"),
        ("day", "i4"),
        ("predicate", "i1"),
        ("threshold", "i8"),
        ("value", "i8"),
        ("held", "i1"),
    ]
)
"""One evidence row; `threshold` and `value` micro units, MISSING = none."""

PLANNED = np.dtype([("step", "i8"), ("at", "i8"), ("how", "i8")])
"""What is to be cited: the step, the assessment's index, and how."""

_LOWEST, _BETTER, _TELLING_MARKERS, _EVENT_ONLY = np.int64(0), np.int64(1), np.int64(2), np.int64(3)
"""How an assessment is cited: against the lowest level, the better level, by its hemolysis markers, or by its event."""


@compiled
def _write(cited, n, step, source, row, day, predicate, threshold, value, held):
    cited.step[n], cited.source[n], cited.row[n], cited.day[n] = step, source, row, day
    cited.predicate[n], cited.threshold[n], cited.value[n] = predicate, threshold, value
    cited.held[n] = 1 if held else 0
    return n + 1


@compiled
def demand(rule, lowest, baseline):
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


@compiled
def met(predicate, value, threshold):
    if predicate == _P_AT_LEAST or predicate == _P_FOLD or predicate == _P_FALL:
        return value >= threshold
    return value > threshold


@compiled
def _printed(value, high):
    """A value as it is stored: a limit moved by one millionth to its side."""
    return value if high == value or high >= TOP else high


@compiled
def _cite_happening(cited, k, step, happened, h):
    kind = happened.kind[h]
    if kind == _H_BLEED:
        source, predicate = _BLEED, _P_BLEEDING
    elif kind == _H_RED_CELLS or kind == _H_PLATELETS:
        source, predicate = _TRANSFUSION, _P_TRANSFUSION
    elif kind == _H_BRIDGE:
        source, predicate = _DOSE_STEP, _P_RESCUE
    else:
        source, predicate = _RESCUE, _P_RESCUE
    return _write(
        cited, k, step, source, happened.row[h], happened.day[h], predicate, MISSING, MISSING, False
    )


@compiled
def _cite(
    cited, k, step, i, how, rule, begun, baseline, seen, counts, markers, n_markers, happened, low, high
):
    """Cite assessment `i`: its count, what happened that day, and the markers when the label rests on them."""
    if seen.count_at[i] >= 0 and how != _EVENT_ONLY:
        value = seen.value[i]
        predicate, threshold = demand(rule, how == _LOWEST, baseline)
        by_markers = False
        if how == _LOWEST and rule.best.above != MISSING and value > rule.best.above:
            by_markers = predicate != _P_RISE or value <= threshold
            if by_markers and seen.any_label[i] == PASS:
                predicate, threshold = _P_ABOVE, rule.best.above
        if (step == _LOST or step == _LOST_CONFIRMING) and fell(rule, seen, i):
            predicate, threshold = _P_FALL, rule.fall_below
        k = _write(
            cited, k, step, _OBSERVATION, counts.row[seen.count_at[i]], seen.day[i],
            predicate, threshold, _printed(value, seen.high[i]), met(predicate, value, threshold),
        )  # fmt: skip
        if by_markers:
            k = _cite_telling_markers(cited, k, i, rule, seen, markers, n_markers)
    h = _deciding_happening(step, i, how, rule, begun, seen, happened, low, high)
    return _cite_happening(cited, k, step, happened, h) if h >= 0 else k


@compiled
def _deciding_happening(step, i, how, rule, begun, seen, happened, low, high):
    """The happening that makes the label of assessment `i`, -1 if its count alone does."""
    if seen.event[i] == UNKNOWN_EVENT and (seen.any_label[i] == UNKNOWN or how == _EVENT_ONLY):
        return seen.event_at[i]
    if seen.event[i] == FAIL_EVENT:
        return seen.event_at[i]
    if seen.bleed_at[i] >= 0:
        return seen.bleed_at[i]
    if step == _REFUTES and seen.any_label[i] == IGNORED:
        return washed_by(rule, seen.day[i], begun, happened, low, high)
    return -1


@compiled
def fell(rule, seen, i):
    """Whether an assessment fails only because it fell from the peak (DEF-AIHA-06)."""
    return (
        rule.loss_needs_hemolysis == 1
        and seen.event[i] != FAIL_EVENT
        and seen.any_label[i] != FAIL
        and seen.loss_label[i] == FAIL
    )


@compiled
def _cite_marker(cited, k, m, markers):
    for e in range(k):
        if cited.source[e] == _OBSERVATION and cited.row[e] == markers.row[m]:
            return k
    return _write(
        cited, k, _HEMOLYSIS, _OBSERVATION, markers.row[m], markers.day[m],
        _P_HEMOLYSIS, MISSING, MISSING, markers.state[m] == _NORMAL,
    )  # fmt: skip


@compiled
def _cite_telling_markers(cited, k, i, rule, seen, markers, n_markers):
    """What says whether there was hemolysis at assessment `i`.

    If present, the lowest row of the abnormal results; else the nearest result of every marker, for that too little
    was measured is a finding that another count's marker must not change.
    """
    day, lowest = seen.day[i], -1
    for kind in _MARKERS:
        state, m = nearest_marker(day, kind, rule.hemolysis_days, markers, n_markers)
        if m >= 0 and seen.hemolysis[i] != PRESENT:
            k = _cite_marker(cited, k, m, markers)
        elif state == _ABNORMAL and (lowest < 0 or markers.row[m] < markers.row[lowest]):
            lowest = m
    return _cite_marker(cited, k, lowest, markers) if lowest >= 0 else k


@compiled
def refuter(seen, begin_at, stop_at):
    """In [begin_at, stop_at) the highest count that is not at the better level; the earliest of equals; -1 if none."""
    best = -1
    for i in range(begin_at, stop_at):
        if seen.count_at[i] >= 0 and seen.best_label[i] < IGNORED and seen.best_label[i] != PASS:
            if best < 0 or seen.value[i] > seen.value[best]:
                best = i
    return best


@compiled
def highest(seen, n, failing_too):
    """The highest count of the window that may be judged and is not an event itself; -1 if none."""
    best = -1
    for i in range(n):
        label = seen.any_label[i]
        if seen.count_at[i] >= 0 and label < IGNORED and seen.event[i] == NO_EVENT:
            if (failing_too or label != FAIL) and (best < 0 or seen.value[i] > seen.value[best]):
                best = i
    return best


@compiled
def last_judged(seen, n):
    for i in range(n - 1, -1, -1):
        if seen.any_label[i] < IGNORED:
            return i
    return -1


@compiled
def standing_against(found, rule, frame, seen, n):
    """The assessment that stands against a response in a course without one; -1 if none.

    Its highest count, for NE one that did not fail; where the next course began for inefficacy, the last
    assessment, which kept that from being a failure; under corticosteroid dependence, the last day they were
    known to be held; nothing for a late response, whose own first day stands against it.
    """
    if found.reason == _R_LATE or found.reason == _R_ONSET:
        return -1
    if found.reason == _R_STEROID:
        return n - 1
    if found.level == _NE:
        if frame.next_reasons & rule.inefficacy_reasons:
            return last_judged(seen, n)
        at = highest(seen, n, False)
        if at >= 0:
            return at
    return highest(seen, n, True)


@compiled
def keeping_apart(i, rule, seen, happened, low, high):
    """Where count `i` fails in a bleed of an earlier day, what kept the two from confirming one another; -1 = none."""
    bled_before = False
    for h in range(low, high):
        if is_bleed(rule, happened, h) and happened.day[h] < seen.day[i] <= happened.end_day[h]:
            bled_before = True
    if seen.any_label[i] == FAIL and bled_before:
        for j in range(i - 1, -1, -1):
            if seen.any_label[j] == UNKNOWN:
                return j
    return -1


@compiled
def _peak(seen, onset, lost):
    """The first highest count of the response outside wash-outs, up to its loss."""
    peak = onset
    for i in range(onset, lost + 1):
        if seen.count_at[i] >= 0 and seen.washed[i] == 0 and seen.value[i] > seen.value[peak]:
            peak = i
    return peak


@compiled
def _planned(plan, k, step, at, how):
    """Put one line on the plan unless there is nothing to cite; returns how many lines there are."""
    if at < 0:
        return k
    plan.step[k], plan.at[k], plan.how[k] = step, at, how
    return k + 1


@compiled
def _plan(plan, found, rule, frame, n, seen, happened, low, high):
    """What a call cites, in the order of `Step`; returns how many lines the plan has."""
    anemia = rule.disease != _ITP
    if found.reason == _R_STARTED:
        k = _planned(plan, np.int64(0), _HELD, found.last_held, _LOWEST)
        k = _planned(plan, k, _LOST, found.lost, _LOWEST)
        if found.lost_confirming > found.lost:
            k = _planned(plan, k, _LOST_CONFIRMING, found.lost_confirming, _LOWEST)
        return k
    late = found.reason == _R_LATE or found.reason == _R_ONSET
    k = _planned(plan, np.int64(0), _LATE_ONSET if late else _ONSET, found.onset, _LOWEST)
    k = _planned(plan, k, _LATE_CONFIRMING if late else _CONFIRMING, found.confirming, _LOWEST)
    if found.level == _CR:
        k = _planned(plan, k, _CR_ONSET, found.cr_onset, _BETTER)
        k = _planned(plan, k, _CR_CONFIRMING, found.cr_confirming, _BETTER)
        if anemia:
            k = _planned(plan, k, _HEMOLYSIS, found.cr_onset, _TELLING_MARKERS)
            k = _planned(plan, k, _HEMOLYSIS, found.cr_confirming, _TELLING_MARKERS)
    elif found.level == _NR or found.level == _NE:
        i = standing_against(found, rule, frame, seen, n)
        k = _planned(plan, k, _REFUTES, i, _LOWEST)
        if found.level == _NE and i >= 0:
            k = _planned(plan, k, _REFUTES, keeping_apart(i, rule, seen, happened, low, high), _LOWEST)
    else:
        first = refuter(seen, found.onset, found.confirming + 1)
        second = -1
        if found.last_held > found.confirming:
            second = refuter(seen, found.confirming, found.last_held + 1)
        for i in (first, -1 if second == first else second):
            k = _planned(plan, k, _REFUTES, i, _BETTER)
            if anemia:
                k = _planned(plan, k, _HEMOLYSIS, i, _TELLING_MARKERS)
    k = _planned(plan, k, _FAILING, found.failing, _LOWEST)
    k = _planned(plan, k, _FAILING_CONFIRMING, found.failing_confirming, _LOWEST)
    if found.lost >= 0:
        if fell(rule, seen, found.lost):
            k = _planned(plan, k, _PEAK, _peak(seen, found.onset, found.lost), _LOWEST)
        k = _planned(plan, k, _LOST, found.lost, _LOWEST)
        if found.lost_confirming > found.lost:
            k = _planned(plan, k, _LOST_CONFIRMING, found.lost_confirming, _LOWEST)
        k = _planned(plan, k, _LOST_CONFIRMING, found.decided_by, _EVENT_ONLY)
    if found.cr_lost >= 0:
        k = _planned(plan, k, _CR_LOST, found.cr_lost, _BETTER)
        if found.cr_lost_confirming > found.cr_lost:
            k = _planned(plan, k, _CR_LOST_CONFIRMING, found.cr_lost_confirming, _BETTER)
    held_to_the_end = found.duration_status != _NO_DURATION and found.lost < 0
    if held_to_the_end and found.last_held > found.confirming:
        k = _planned(plan, k, _CENSORING, found.last_held, _LOWEST)
    if held_to_the_end:
        k = _planned(plan, k, _CENSORING, found.decided_by, _EVENT_ONLY)
    return k


@compiled
def cite(
    cited, plan, found, rule, frame, baseline, baseline_at, n, seen, counts, markers, n_markers,
    happened, low, high,
):  # fmt: skip
    """Write the evidence of one call into `cited`, using `plan` as scratch; returns how many rows there are."""
    k = 0
    if baseline_at >= 0:
        k = _write(
            cited, k, _BASELINE, _OBSERVATION, counts.row[baseline_at], counts.day[baseline_at],
            _P_BASELINE, MISSING, _printed(counts.value[baseline_at], counts.high[baseline_at]), True,
        )  # fmt: skip
    if found.reason == _R_NOTE:
        return k
    for line in range(_plan(plan, found, rule, frame, n, seen, happened, low, high)):
        at, how = plan.at[line], plan.how[line]
        if how == _TELLING_MARKERS:
            k = _cite_telling_markers(cited, k, at, rule, seen, markers, n_markers)
        else:
            k = _cite(
                cited, k, plan.step[line], at, how, rule, frame.begun, baseline, seen, counts, markers, n_markers,
                happened, low, high,
            )  # fmt: skip
    return k
