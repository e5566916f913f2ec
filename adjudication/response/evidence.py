"""The few rows that decided a call: cited by row number, in a fixed order, enough to reach the same call again."""

import numpy as np

from adjudication.compiled import compiled
from adjudication.response.call import IN_VAIN, NOT_LATE, died_bleeding, needed_step
from adjudication.response.grade import (
    ABSENT,
    FAIL,
    IGNORED,
    PASS,
    PASSED_OVER,
    PRESENT,
    UNKNOWN,
    nearest_marker,
    rise_above,
)
from adjudication.response.notes import prolonged_step
from adjudication.response.same_day import TOP
from adjudication.response.terms import (
    MISSING,
    NO_DAY,
    CensoredBy,
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
from adjudication.response.window import (
    CAUSES,
    FAIL_EVENT,
    JUDGED,
    NO_EVENT,
    PASSED_EVENT,
    UNKNOWN_EVENT,
    is_bleed,
    levels_met,
    washed_by,
)

MOST_ROWS = 64
"""No call cites more rows than this: every step once, with its event and its markers."""

_ITP = int(Disease.ITP)
_NR, _NE, _CR = int(Level.NR), int(Level.NE), int(Level.CR)
_R_INEFFICACY, _R_STOPPED = int(Reason.NEXT_COURSE_FOR_INEFFICACY), int(Reason.STOPPED_FOR_INEFFICACY)
_R_DIED, _R_CAUSE = int(Reason.DIED_FAILING), int(Reason.OTHER_CAUSE)
_R_STEROID, _R_STARTED = int(Reason.CORTICOSTEROID_DEPENDENT), int(Reason.STARTED_IN_RESPONSE)
_R_NOTE = int(Reason.OBSERVATION_AFTER_TREATMENT)
_NORMAL, _ABNORMAL = int(MarkerState.NORMAL), int(MarkerState.ABNORMAL)
_NO_DURATION, _CENSORED = int(DurationStatus.NONE), int(DurationStatus.CENSORED)
_ENDED_BY_DEATH, _BY_NEXT = int(DurationStatus.DEATH), int(CensoredBy.NEXT_COURSE)
_MARKERS = (int(Kind.HAPTOGLOBIN), int(Kind.LDH), int(Kind.BILIRUBIN), int(Kind.RETICULOCYTES))

_BASELINE, _ONSET, _CONFIRMING = np.int64(Step.BASELINE), np.int64(Step.ONSET), np.int64(Step.CONFIRMING)
_LATE_ONSET, _LATE_CONFIRMING = np.int64(Step.LATE_ONSET), np.int64(Step.LATE_CONFIRMING)
_CR_ONSET, _CR_CONFIRMING = np.int64(Step.CR_ONSET), np.int64(Step.CR_CONFIRMING)
_HEMOLYSIS, _REFUTES = np.int64(Step.HEMOLYSIS), np.int64(Step.REFUTES_BETTER)
_FAILING, _FAILING_CONFIRMING = np.int64(Step.FAILING), np.int64(Step.FAILING_CONFIRMING)
_PEAK, _LOST, _LOST_CONFIRMING = np.int64(Step.PEAK), np.int64(Step.LOST), np.int64(Step.LOST_CONFIRMING)
_CR_LOST, _CR_LOST_CONFIRMING = np.int64(Step.CR_LOST), np.int64(Step.CR_LOST_CONFIRMING)
_CENSORING, _HELD, _DOSE = np.int64(Step.CENSORING), np.int64(Step.HELD), np.int64(Step.DOSE)
_NEXT_COURSE, _OTHER_COURSE = np.int64(Step.NEXT_COURSE), np.int64(Step.OTHER_LINEAGE_COURSE)
_OTHER_CAUSE, _DEATH, _STOPPED = np.int64(Step.OTHER_CAUSE), np.int64(Step.DEATH), np.int64(Step.STOPPED)

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
_P_RECORDED, _COURSE = np.int64(Predicate.RECORDED), np.int64(Source.COURSE)
_CAUSE, _PATIENT = np.int64(Source.OTHER_CAUSE), np.int64(Source.PATIENT)
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
def printed(value, high):
    """A value as it is stored: a limit moved by one millionth to its side."""
    return value if high == value or high >= TOP else high


@compiled
def _limit(value, high):
    """A value as the laboratory printed it, without the comparator of a limit."""
    if high == value:
        return value
    return value - 1 if high >= TOP else high + 1


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
def _asked(rule, how, followed, i, baseline, baseline_high, seen):
    """(predicate, threshold, whether it is known to be met, whether markers decide) of the count of assessment `i`."""
    value, high = np.int64(seen.value[i]), np.int64(seen.high[i])
    shown = MISSING if baseline == MISSING else _limit(baseline, baseline_high)
    if rule.best.above == MISSING:
        if how != _LOWEST:
            return _P_AT_LEAST, rule.best.at_least, value >= rule.best.at_least, False
        if followed:
            return _P_AT_LEAST, rule.held.at_least, value >= rule.held.at_least, False
        predicate, threshold = demand(rule, True, shown)
        _, own = levels_met(rule, JUDGED, value, baseline_high, False, ABSENT)
        _, top = levels_met(rule, JUDGED, high, baseline, False, ABSENT)
        return predicate, threshold, own == PASS and top == PASS, False
    if how != _LOWEST:
        return _P_ABOVE, rule.best.above, value > rule.best.above, False
    risen = False
    if not followed and baseline != MISSING:
        risen = rise_above(value, baseline_high, rule.next.rise_above) == PASS
    if followed:
        return _P_ABOVE, rule.held.above, value > rule.held.above, False
    by_markers = value > rule.best.above and not risen
    if baseline == MISSING or (by_markers and seen.any_label[i] == PASS):
        return _P_ABOVE, rule.best.above, value > rule.best.above, by_markers
    return _P_RISE, shown + rule.next.rise_above, risen, by_markers


@compiled
def _cite(
    cited, k, step, i, how, rule, frame, followed, baseline, baseline_high, seen, counts, markers, n_markers,
    happened, low, high,
):  # fmt: skip
    """Cite assessment `i`: its count, what happened that day, and the markers when the label rests on them."""
    if seen.count_at[i] >= 0 and how != _EVENT_ONLY:
        value = np.int64(seen.value[i])
        predicate, threshold, held, by_markers = _asked(rule, how, followed, i, baseline, baseline_high, seen)
        if (step == _LOST or step == _LOST_CONFIRMING) and fell(rule, seen, i):
            predicate, threshold, held, by_markers = _P_FALL, rule.fall_below, value >= rule.fall_below, False
        k = _write(
            cited, k, step, _OBSERVATION, counts.row[seen.count_at[i]], seen.day[i],
            predicate, threshold, printed(value, np.int64(seen.high[i])), held,
        )  # fmt: skip
        if by_markers:
            k = _cite_telling_markers(cited, k, i, rule, seen, markers, n_markers)
    h = _deciding_happening(step, i, how, rule, frame.begun, seen, happened, low, high)
    return _cite_happening(cited, k, step, happened, h) if h >= 0 else k


@compiled
def _deciding_happening(step, i, how, rule, begun, seen, happened, low, high):
    """The happening that makes the label of assessment `i`, -1 if its count alone does."""
    if seen.event[i] == UNKNOWN_EVENT and (seen.any_label[i] == UNKNOWN or how == _EVENT_ONLY):
        return seen.event_at[i]
    if seen.event[i] == FAIL_EVENT or seen.event[i] == PASSED_EVENT:
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
        if seen.count_at[i] >= 0 and seen.best_label[i] != IGNORED and seen.best_label[i] != PASS:
            if best < 0 or seen.value[i] > seen.value[best]:
                best = i
    return best


@compiled
def highest(seen, n, failing_too):
    """The highest count of the window that may be judged and is not an event itself; -1 if none."""
    best = -1
    for i in range(n):
        label = seen.any_label[i]
        if seen.count_at[i] >= 0 and label != IGNORED and seen.event[i] == NO_EVENT:
            fails = label == FAIL or label == PASSED_OVER
            if (failing_too or not fails) and (best < 0 or seen.value[i] > seen.value[best]):
                best = i
    return best


@compiled
def last_judged(seen, n):
    for i in range(n - 1, -1, -1):
        if seen.any_label[i] != IGNORED:
            return i
    return -1


@compiled
def standing_against(found, rule, frame, seen, n):
    """The assessment that stands against a response in a course without one; -1 if none.

    Its highest count, for NE one that did not fail; where the next course began for inefficacy or the course was
    stopped for it, the last assessment, which kept that from being a failure; under corticosteroid dependence, the
    last day they were known to be held; nothing for a response that was seen too late, whose own first day stands
    against it.
    """
    if found.late != NOT_LATE:
        return -1
    if found.reason == _R_STEROID:
        return n - 1
    if found.level == _NE:
        if frame.next_reasons & rule.inefficacy_reasons or frame.stopped_in_vain == 1:
            return last_judged(seen, n)
        at = highest(seen, n, False)
        if at >= 0:
            return at
    return highest(seen, n, True)


@compiled
def keeping_apart(i, rule, seen, happened, low, high):
    """Where count `i` fails in a bleed of an earlier day, what kept the two from confirming one another; -1 = none."""
    bled_on = seen.day[i]
    for h in range(low, high):
        if is_bleed(rule, happened, h) and happened.day[h] < bled_on and seen.day[i] <= happened.end_day[h]:
            bled_on = happened.day[h]
    if seen.any_label[i] == FAIL:
        for j in range(i - 1, -1, -1):
            if seen.day[j] <= bled_on:
                break
            if seen.any_label[j] == UNKNOWN:
                return j
    return -1


@compiled
def _peak(seen, onset, lost):
    """The first highest count of the response outside wash-outs, up to its loss."""
    peak = onset
    for i in range(max(onset, 0), lost + 1):
        if seen.count_at[i] >= 0 and seen.washed[i] == 0:
            if peak < 0 or seen.value[i] > seen.value[peak]:
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
def _plan_loss(plan, k, found, rule, peak, seen):
    """Put the loss of a response on the plan, with the peak that it fell from where that lies in the window."""
    if found.lost < 0:
        return k
    if fell(rule, seen, found.lost):
        at = _peak(seen, found.onset, found.lost)
        k = _planned(plan, k, _PEAK, at if at >= 0 and seen.value[at] > peak else -1, _LOWEST)
    k = _planned(plan, k, _LOST, found.lost, _LOWEST)
    if found.decided_by >= 0:
        return _planned(plan, k, _LOST_CONFIRMING, found.decided_by, _EVENT_ONLY)
    return _planned(
        plan,
        k,
        _LOST_CONFIRMING,
        found.lost_confirming if found.lost_confirming > found.lost else -1,
        _LOWEST,
    )


@compiled
def _plan(plan, found, rule, frame, peak, n_own, seen, happened, low, high):
    """What a call cites, in the order of its reasoning; returns how many lines the plan has."""
    anemia = rule.disease != _ITP
    if found.reason == _R_STARTED:
        k = _plan_loss(plan, np.int64(0), found, rule, peak, seen)
        return _planned(plan, k, _HELD, found.last_held, _LOWEST)
    late = found.late != NOT_LATE
    k = _planned(plan, np.int64(0), _LATE_ONSET if late else _ONSET, found.onset, _LOWEST)
    if found.late != IN_VAIN:
        k = _planned(plan, k, _LATE_CONFIRMING if late else _CONFIRMING, found.confirming, _LOWEST)
    if found.level == _CR:
        k = _planned(plan, k, _CR_ONSET, found.cr_onset, _BETTER)
        k = _planned(plan, k, _CR_CONFIRMING, found.cr_confirming, _BETTER)
        if anemia:
            k = _planned(plan, k, _HEMOLYSIS, found.cr_onset, _TELLING_MARKERS)
            k = _planned(plan, k, _HEMOLYSIS, found.cr_confirming, _TELLING_MARKERS)
    elif found.level == _NR or found.level == _NE:
        i = standing_against(found, rule, frame, seen, n_own)
        k = _planned(plan, k, _REFUTES, i, _LOWEST)
        if found.level == _NE and i >= 0:
            k = _planned(plan, k, _REFUTES, keeping_apart(i, rule, seen, happened, low, high), _LOWEST)
    else:
        first = refuter(seen, found.onset, found.confirming + 1)
        second = -1
        if found.last_held > found.confirming:
            second = refuter(seen, found.confirming, min(found.last_held + 1, n_own))
        for i in (first, -1 if second == first else second):
            k = _planned(plan, k, _REFUTES, i, _BETTER)
            if anemia and i >= 0:
                k = _planned(plan, k, _HEMOLYSIS, i, _TELLING_MARKERS)
    k = _planned(plan, k, _FAILING, found.failing, _LOWEST)
    k = _planned(plan, k, _FAILING_CONFIRMING, found.failing_confirming, _LOWEST)
    k = _plan_loss(plan, k, found, rule, np.int64(MISSING), seen)
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
def _recorded(cited, k, step, source, row, day):
    """Cite a fact that is no count."""
    return _write(cited, k, step, source, row, day, _P_RECORDED, MISSING, MISSING, True)


@compiled
def _cite_courses(cited, k, found, frame, courses):
    """Cite the course that ended the follow-up, where it did."""
    relapsed = found.relapsed_on != NO_DAY or found.lost_on != NO_DAY
    by_course = relapsed and found.lost_confirming < 0 and found.decided_by < 0
    censored = found.duration_status == _CENSORED and found.decided_by < 0
    if frame.closing_at < 0 or not (by_course or censored or found.reason == _R_INEFFICACY):
        return k
    step = _NEXT_COURSE if frame.closed_by == _BY_NEXT else _OTHER_COURSE
    return _recorded(
        cited, k, step, _COURSE, courses.row[frame.closing_at], courses.started[frame.closing_at]
    )


@compiled
def _cite_cause(cited, k, rule, n, seen, happened, low, high):
    """Cite the other cause, of several the lowest row, of the first assessment that was passed over."""
    for i in range(n):
        if seen.any_label[i] == PASSED_OVER:
            by = -1
            for h in range(low, high):
                there = happened.day[h] <= seen.day[i] <= happened.end_day[h]
                if there and happened.kind[h] == CAUSES[rule.disease]:
                    if by < 0 or happened.row[h] < happened.row[by]:
                        by = h
            return _recorded(cited, k, _OTHER_CAUSE, _CAUSE, happened.row[by], happened.day[by])
    return k


@compiled
def _cite_dose(cited, k, rule, steps, s):
    return _write(
        cited, k, _DOSE, _DOSE_STEP, steps.row[s], steps.started[s], _P_ABOVE, rule.steroid_mg_e6,
        steps.mg_e6[s], True,
    )  # fmt: skip


@compiled
def _cite_facts(
    cited, k, found, rule, frame, n, seen, courses, happened, low, high, steps, step_low, step_high
):
    """Cite what decided and is no count: courses, another cause, death, the stop, doses."""
    k = _cite_courses(cited, k, found, frame, courses)
    if found.reason == _R_CAUSE:
        k = _cite_cause(cited, k, rule, n, seen, happened, low, high)
    if found.reason == _R_DIED:
        h = died_bleeding(rule, frame, happened, low, high)
        k = _cite_happening(cited, k, _DEATH, happened, h)
    if found.reason == _R_DIED or found.duration_status == _ENDED_BY_DEATH:
        k = _recorded(cited, k, _DEATH, _PATIENT, 0, frame.died_on)
    if found.reason == _R_STOPPED and courses.stopped[frame.at] != NO_DAY:
        k = _recorded(cited, k, _STOPPED, _COURSE, courses.row[frame.at], courses.stopped[frame.at])
    if found.reason == _R_STEROID:
        s = needed_step(rule, frame, seen.day[n - 1], steps, step_low, step_high)
        if s >= 0:
            return _cite_dose(cited, k, rule, steps, s)
        further = frame.further_steroid_at
        return _recorded(cited, k, _DOSE, _COURSE, courses.row[further], courses.started[further])
    s = prolonged_step(rule, frame, found, n, seen, steps, step_low, step_high)
    return _cite_dose(cited, k, rule, steps, s) if s >= 0 else k


@compiled
def cite(
    cited, plan, found, rule, frame, followed, peak, baseline, baseline_high, baseline_at, n_own, seen, counts,
    markers, n_markers, courses, happened, low, high, steps, step_low, step_high,
):  # fmt: skip
    """Write the evidence of one call into `cited`, using `plan` as scratch; returns how many rows there are.

    The levels are measured from a baseline in [`baseline`, `baseline_high`], or `followed` by the value that holds
    alone; `peak` is that of a response that was there at the start. The baseline of the course is the count at
    `baseline_at`.
    """
    k = 0
    if baseline_at >= 0:
        k = _write(
            cited, k, _BASELINE, _OBSERVATION, counts.row[baseline_at], counts.day[baseline_at],
            _P_BASELINE, MISSING, printed(counts.value[baseline_at], counts.high[baseline_at]), True,
        )  # fmt: skip
    if found.reason == _R_NOTE:
        return k
    for line in range(_plan(plan, found, rule, frame, peak, n_own, seen, happened, low, high)):
        at, how = plan.at[line], plan.how[line]
        if how == _TELLING_MARKERS:
            k = _cite_telling_markers(cited, k, at, rule, seen, markers, n_markers)
        else:
            k = _cite(
                cited, k, plan.step[line], at, how, rule, frame, followed, baseline, baseline_high, seen, counts,
                markers, n_markers, happened, low, high,
            )  # fmt: skip
    return _cite_facts(
        cited, k, found, rule, frame, n_own, seen, courses, happened, low, high, steps, step_low, step_high
    )
