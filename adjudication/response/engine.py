"""Whole patients in, calls out: the loop that walks every course of a disease once, and the columns it leaves.

The same functions serve the preview of one course in a form and the refresh of a million patients. Memory is
bounded by the chunk that the caller passes in; patients never depend on one another, so any partition by patient
gives the same rows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from adjudication.compiled import compiled, is_kept
from adjudication.doses import last_days
from adjudication.response.call import (
    STEP,
    days_off,
    follow_response,
    followed,
    label_losses,
    landmark,
    noted,
    off_remission,
    walk,
)
from adjudication.response.evidence import CITED, MOST_ROWS, PLANNED, cite, printed
from adjudication.response.grade import FAIL, IGNORED, PASS, hemolysis_on, meets
from adjudication.response.notes import long_gap, notes
from adjudication.response.same_day import SET_ASIDE, TOP, standing
from adjudication.response.series import Arranged, DoseSteps, Int8, Int32, Int64, Series, arrange, frozen
from adjudication.response.spells import held_days
from adjudication.response.terms import MISSING, NO_DAY, CensoredBy, Disease, Flag, Happening, Kind
from adjudication.response.window import (
    ASSESSMENT,
    COUNT,
    FOLLOWED,
    HAPPENED,
    JUDGED,
    MARKER,
    RULE,
    Rule,
    assess,
    at_best_level,
    baseline_at,
    between,
    bridged_alone_until,
    frame_of,
    is_note,
    prolonged,
    reasons_on,
    settled,
)

ENGINE_VERSION = "3"
"""Changes whenever the engine could give another call on the same series and criteria."""

_ITP, _BY_NEXT = int(Disease.ITP), int(CensoredBy.NEXT_COURSE)
_FIRST_MARKER, _BLEED = int(Kind.LDH), int(Happening.BLEED)
_BRIDGE, _RESCUE_DRUG = int(Happening.BRIDGE), int(Happening.RESCUE_DRUG)
_F_GAP = int(Flag.LONG_GAP)
_FIRST, _NO_VALUE = np.int64(0), np.int64(MISSING)
"""Typed where the walk begins with them: numba would compile all that it hands a literal to a second time."""


COURSE = np.dtype(
    [
        ("started", "i4"),
        ("disease", "i1"),
        ("intent", "i1"),
        ("start_reason", "i1"),
        ("attribution", "i4"),
        ("acts_on", "i1"),
        ("steroid", "i1"),
        ("splenectomy", "i1"),
        ("off_from", "i4"),
        ("episode", "i4"),
        ("stopped", "i4"),
        ("stop_reason", "i1"),
        ("failing_from", "i4"),
        ("unlimited", "i1"),
        ("bridge_until", "i4"),
        ("row", "i8"),
    ]
)
"""A course; those of a patient stand in [low, high) of all, ordered by start."""

FORMER = np.dtype(
    [
        ("there", "i1"),
        ("lost", "i4"),
        ("value", "i8"),
        ("high", "i8"),
        ("alone", "i1"),
        ("after", "i4"),
        ("peak", "i8"),
        ("peak_high", "i8"),
        ("seen_on", "i4"),
        ("onset", "i4"),
        ("bridge", "i4"),
        ("begun", "i4"),
    ]
)
"""The response that the courses so far brought (DEF-LINE-02).

Whether there is one, its loss, the baseline it is measured from (`alone`: none), the day after which it is followed
further, its peak up to then and the last assessment that counts, its first day where that is the day after `after`
(else NO_DAY), the last dose of what brought it if that was a bridge, the start of its last course.

Of the four of a patient the first is as it was before the courses of the day, the second with them, the third goes
ahead where maintenance goes on with a follow-up, the last is what `_carried` leaves.
"""

_BEFORE, _WITH, _AHEAD, _NOW = 0, 1, 2, 3


class Calls(NamedTuple):
    """One row a judged course, in the order of `Courses` rows given by `course`.

    Codes are those of `terms`; days int32 with NO_DAY = none; `baseline` micro units with MISSING = none (a limit
    moved by one to its side);
    er_7d … rem_12m, srot30, srot50 1 yes, 0 no, -1 not known; at_start the same for the better level held by
    the baseline already; off_from NO_DAY = not asked for.
    `fingerprint` is the digest of everything the walk read; `window_end` the last day that it walked over; `gap_from`
    and `gap_until` the assessments too far apart of the flag `long_gap`. Evidence rows of call i are
    [evidence_first[i], evidence_first[i+1]) of `Evidence`.
    """

    course: Int64
    level: Int8
    reason: Int8
    baseline: Int64
    onset_on: Int32
    cr_onset_on: Int32
    relapsed_on: Int32
    lost_cr_on: Int32
    duration_days: Int32
    duration_status: Int8
    censored_by: Int8
    flags: Int32
    readings: Int64
    er_7d: Int8
    ir_1m: Int8
    dr_6m: Int8
    rem_12m: Int8
    in_response_days: Int32
    observed_days: Int32
    at_start: Int8
    off_from: Int32
    srot30: Int8
    srot50: Int8
    days_off: Int32
    held_until: Int32
    lost_on: Int32
    window_end: Int32
    gap_from: Int32
    gap_until: Int32
    fingerprint: NDArray[np.uint64]
    evidence_first: Int64


class Evidence(NamedTuple):
    """Evidence rows of all calls, one after the other; `threshold` and `value` micro units, MISSING = none."""

    step: Int8
    source: Int8
    row: Int64
    day: Int32
    predicate: Int8
    threshold: Int64
    value: Int64
    held: Int8


@dataclass(frozen=True)
class Judged:
    calls: Calls
    evidence: Evidence


def _record_type(columns: type[Calls] | type[Evidence], names: Sequence[str]) -> np.dtype[Any]:
    kinds = columns.__annotations__
    return np.dtype([(name, get_args(get_args(kinds[name])[1])[0]) for name in names])


CALL, CITATION = _record_type(Calls, Calls._fields[:-1]), _record_type(Evidence, Evidence._fields)
"""A call and an evidence row as the walk writes them: records, because numba compiles thirty arrays far more slowly."""


@compiled
def _mix(a, b, c):
    """A 64-bit digest of three integers (the finalizer of splitmix64 over their sum with odd multipliers)."""
    z = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15)
    z += np.uint64(b) * np.uint64(0xC2B2AE3D27D4EB4F)
    z += np.uint64(c) * np.uint64(0x165667B19E3779F9)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def _fingerprint(
    rule, frame, off_from, stopped, marked, former, counts, n_counts, markers, n_markers,
    happened, low, high, steps, step_low, step_high,
):  # fmt: skip
    """Digest of what the walk may read, whatever the order of rows: sums of mixed entries."""
    total = (
        _mix(frame.start, frame.end, frame.closed_by + 8 * frame.baseline_by)
        + _mix(off_from, marked, 5)
        + _mix(frame.next_reasons, frame.intent, frame.next_continues + 2 * frame.shared)
        + _mix(frame.vain_after, frame.failing_from, frame.stopped_in_vain)
        + _mix(frame.attributed_until, stopped, 13)
        + _mix(frame.own_end, frame.continued, 7)
    )
    total += _mix(frame.limit_day, frame.died_on, frame.further_steroid_on)
    open_response = former.there[0] == 1 and former.lost[0] > frame.start
    if open_response:
        total += _mix(former.value[0], former.high[0], former.lost[0])
        total += _mix(former.onset[0], former.bridge[0], former.begun[0] + 3)
        total += _mix(former.peak[0], former.seen_on[0], former.after[0] + 9)
    from_day = frame.baseline_by - rule.baseline_days
    if open_response:
        from_day = min(from_day, np.int64(former.after[0]))
    for h in range(low, high):
        kind, first = happened.kind[h], np.int64(happened.day[h])
        reach = happened.end_day[h] + rule.bridge_days >= frame.baseline_by - rule.baseline_days
        if (kind == _BRIDGE or kind == _RESCUE_DRUG) and reach and rule.bridge_days >= 0:
            if first < frame.baseline_by:
                from_day = min(from_day, first - rule.baseline_days)
    for c in range(n_counts):
        if from_day <= counts.day[c] <= frame.end:
            total += _mix(counts.day[c], counts.value[c], 2)
            total += _mix(counts.day[c], counts.high[c], 11 + counts.held[c])
    for m in range(n_markers):
        if (
            frame.start - rule.baseline_days - rule.hemolysis_days
            <= markers.day[m]
            <= min(frame.end, NO_DAY - 400) + rule.hemolysis_days
        ):
            total += _mix(markers.day[m], markers.state[m], 16 + markers.kind[m])
    for h in range(low, high):
        if happened.day[h] <= frame.end:
            code = (np.int64(happened.kind[h]) * 64 + happened.reason[h]) * 64 + happened.grade[h]
            total += _mix(happened.day[h], happened.end_day[h], 4096 + code)
            total += _mix(happened.day[h], happened.begun[h], 9 + happened.scale[h])
    for s in range(step_low, step_high):
        total += _mix(steps.started[s], steps.stopped[s], steps.mg_e6[s] + 3)
    return total


@compiled
def _gather(rule, order, low, high, day, kind, value, row, limit, chosen, counts, markers):
    """One patient's day values and markers; returns how many of each. Rows come ordered by (day, kind, row)."""
    n_counts, n_markers = 0, 0
    for at in range(low, high):
        i = order[at]
        if kind[i] == rule.kind:
            if chosen[i] == SET_ASIDE:
                continue
            counts.day[n_counts], counts.row[n_counts], counts.held[n_counts] = day[i], row[i], chosen[i]
            counts.value[n_counts] = counts.high[n_counts] = value[i]
            if limit[i] < 0:
                counts.value[n_counts], counts.high[n_counts] = 0, max(value[i] - 1, 0)
            elif limit[i] > 0:
                counts.value[n_counts], counts.high[n_counts] = value[i] + 1, TOP
            n_counts += 1
        elif kind[i] >= _FIRST_MARKER and rule.disease != _ITP:
            markers.day[n_markers], markers.kind[n_markers] = day[i], kind[i]
            markers.state[n_markers], markers.row[n_markers] = value[i], row[i]
            n_markers += 1
    return n_counts, n_markers


@compiled
def _record(calls, k, rule, frame, found, judged, baseline, baseline_high, n, seen):
    """Write the verdict and the measures of one course into row `k`; `n` assessments are of its own window."""
    calls.level[k], calls.reason[k] = found.level, found.reason
    calls.onset_on[k], calls.cr_onset_on[k] = found.onset_on, found.cr_onset_on
    calls.relapsed_on[k], calls.lost_cr_on[k] = found.relapsed_on, found.lost_cr_on
    calls.duration_days[k] = found.duration_days
    calls.duration_status[k], calls.censored_by[k] = found.duration_status, found.censored_by
    calls.held_until[k], calls.lost_on[k] = found.held_until, found.lost_on
    for which in range(4):
        answer = -1
        if judged and rule.disease == _ITP:
            answer = landmark(
                rule, rule.landmark_days[which], rule.landmark_tolerance[which], which == 3,
                frame.start, baseline, baseline_high, n, seen,
            )  # fmt: skip
        if which == 0:
            calls.er_7d[k] = answer
        elif which == 1:
            calls.ir_1m[k] = answer
        elif which == 2:
            calls.dr_6m[k] = answer
        else:
            calls.rem_12m[k] = answer
    held, last = held_days(seen.day, seen.any_label, n)
    calls.in_response_days[k] = held if judged else 0
    calls.observed_days[k] = seen.day[last] - frame.start if judged and last >= 0 else 0


@compiled
def _at_start(rule, frame, baseline, markers, n_markers):
    """Whether the baseline already held the better level: 1 yes, 0 no, -1 not known."""
    if baseline == MISSING:
        return -1
    hemolysis = hemolysis_on(frame.start, rule.hemolysis_days, rule.markers_needed, markers, n_markers)
    answer = meets(rule.best, baseline, baseline, False, hemolysis)
    return 1 if answer == PASS else (0 if answer == FAIL else -1)


@compiled
def _record_off(calls, k, rule, off_from, frame, n, seen, happened, low, high):
    """Write remission off treatment into row `k`, where it is asked for."""
    calls.off_from[k], calls.srot30[k], calls.srot50[k], calls.days_off[k] = off_from, -1, -1, 0
    if rule.off_days > 0 and off_from != NO_DAY:
        calls.srot30[k] = off_remission(rule, 0, off_from, frame, n, seen, happened, low, high)
        calls.srot50[k] = off_remission(rule, 1, off_from, frame, n, seen, happened, low, high)
        calls.days_off[k] = days_off(off_from, n, seen)


@compiled
def _only_bridged(rule, bridge_until, day):
    """Whether a response on `day` is one that only a bridge brought, not yet long enough ago (DEF-ITP-23)."""
    return rule.bridge_days >= 0 and bridge_until != NO_DAY and day - bridge_until <= rule.bridge_days


@compiled
def _goes_on(frame, found):
    """Whether a response is still followed at the start of a next course that is to maintain it (DEF-LINE-07)."""
    held = found.onset_on != NO_DAY and found.relapsed_on == NO_DAY and found.decided_by < 0
    return held and frame.closed_by == _BY_NEXT and frame.next_continues == 1


@compiled
def _carried(
    rule, former, at, i, frame, c_low, c_high, courses, counts, n_counts, markers, n_markers,
    happened, low, high, seen,
):  # fmt: skip
    """Whether the response at `former[at]` is still there at the start of course `i` (DEF-LINE-02).

    Every count up to the start is looked at, also those after a course for the other lineage (DEF-EV-02). Leaves in
    `former[_NOW]` what a later course has to go on from.
    """
    start = frame.start
    if former.there[at] == 0 or former.lost[at] <= start or _only_bridged(rule, former.bridge[at], start):
        return False
    reasons = reasons_on(i, c_low, c_high, courses)
    responded = former.onset[at] != NO_DAY
    after = np.int64(former.onset[at]) - 1 if responded else np.int64(former.after[at])
    look = between(frame, after, start, former.begun[at], reasons)
    how = FOLLOWED if former.alone[at] == 1 else JUDGED
    n = assess(
        rule, how, look, former.value[at], former.high[at], counts, n_counts, markers, n_markers,
        happened, low, high, seen,
    )  # fmt: skip
    onset = 0 if responded else -1
    former[_NOW] = former[at]
    former.peak[_NOW], former.peak_high[_NOW] = label_losses(
        rule, onset, np.int64(former.peak[at]), np.int64(former.peak_high[at]), n, seen
    )
    if follow_response(rule, look, onset, n, seen).relapsed_on != NO_DAY:
        return False
    label = PASS
    for k in range(n - 1, onset, -1):
        if seen.loss_label[k] < IGNORED:
            label, former.seen_on[_NOW] = np.int64(seen.loss_label[k]), seen.day[k]
            break
    return label != FAIL and start - former.seen_on[_NOW] <= rule.recent_days


@compiled
def _starts(
    rule, former, at, i, frame, note, b, c_low, c_high, courses, counts, n_counts, markers, n_markers,
    happened, low, high, seen,
):  # fmt: skip
    """Whether course `i` starts in response: in that at `former[at]`, or at the better level (DEF-LINE-02).

    `b` is the index of its baseline; of a splenectomy the count before the operation is asked. Leaves in `former[_NOW]`
    what it starts in.
    """
    if note:
        return False
    if _carried(
        rule, former, at, i, frame, c_low, c_high, courses, counts, n_counts, markers, n_markers,
        happened, low, high, seen,
    ):  # fmt: skip
        return True
    own = b
    if frame.baseline_by != frame.start:
        own, _, _ = baseline_at(rule, frame.start, frame.start, counts, n_counts, happened, low, high)
    if own < 0 or not at_best_level(
        rule, own, frame.start, counts, markers, n_markers, happened, low, high, frame.begun
    ):
        return False
    former.alone[_NOW], former.value[_NOW], former.high[_NOW] = 1, MISSING, MISSING
    former.onset[_NOW], former.bridge[_NOW] = NO_DAY, NO_DAY
    former.peak[_NOW], former.peak_high[_NOW] = counts.value[own], counts.high[own]
    former.seen_on[_NOW] = counts.day[own]
    return True


@compiled
def _remember(former, at, frame, found, started, baseline, baseline_high, bridge_until, seen):
    """Keep the response that a course brought or carries on at `former[at]`; of a day the first one's (DEF-ITP-28)."""
    if former.there[at] == 1 and former.begun[at] == frame.start:
        return
    if started:
        former[at] = former[_NOW]
        former.there[at], former.lost[at] = 1, found.lost_on
        former.onset[at], former.after[at] = NO_DAY, frame.start
    elif found.onset_on != NO_DAY:
        former.there[at], former.lost[at] = 1, found.relapsed_on
        former.value[at], former.high[at] = baseline, baseline_high
        former.alone[at] = 1 if baseline == MISSING else 0
        former.onset[at] = former.after[at] = former.seen_on[at] = found.onset_on
        former.bridge[at] = bridge_until
        former.peak[at], former.peak_high[at] = seen.value[found.onset], seen.high[found.onset]
    else:
        former.there[at] = 0
    former.begun[at] = frame.start


@compiled
def _next_to_maintain(
    rule, former, j, c_low, c_high, courses, died_on, counts, n_counts, markers, n_markers,
    happened, low, high, seen,
):  # fmt: skip
    """`j`, the first course of the day, if it starts in the response at `former[_AHEAD]`, and what it makes of that;
    else -1 (DEF-LINE-07)."""
    frame = frame_of(rule, j, c_low, c_high, courses, died_on)
    b, _, _ = baseline_at(rule, frame.baseline_by, frame.start, counts, n_counts, happened, low, high)
    started = _starts(
        rule, former, _AHEAD, j, frame, False, b, c_low, c_high, courses, counts, n_counts, markers, n_markers,
        happened, low, high, seen,
    )  # fmt: skip
    if not started:
        return -1
    how = FOLLOWED if former.alone[_NOW] == 1 else JUDGED
    n = assess(
        rule, how, frame, former.value[_NOW], former.high[_NOW], counts, n_counts, markers, n_markers,
        happened, low, high, seen,
    )  # fmt: skip
    found = followed(rule, frame, np.int64(former.peak[_NOW]), np.int64(former.peak_high[_NOW]), n, seen)
    _remember(former, _AHEAD, frame, found, True, _NO_VALUE, _NO_VALUE, NO_DAY, seen)
    return j


@compiled
def judge_all(
    rule, n_patients, died_on, courses, course_order, course_first, observation_order, observation_first,
    day, kind, value, row, limit, chosen, happened, happening_first, steps, step_first,
    counts, markers, seen, cited, plan, former, calls, evidence, evidence_first,
):  # fmt: skip
    """Walk every course of the rule's disease into `calls` and `evidence`; gives the number of evidence rows.

    Courses, happenings and steps come in order; observations by index, `chosen` saying which of a day holds.
    `counts`, `markers`, `seen`, `cited`, `plan` and `former` are scratch, wide enough for any one patient.
    """
    k = written = _FIRST
    for p in range(n_patients):
        c_low, c_high = course_first[p], course_first[p + 1]
        concerned = False
        for i in range(c_low, c_high):
            concerned = concerned or courses.disease[i] == rule.disease
        if not concerned:
            continue
        low, high = happening_first[p], happening_first[p + 1]
        n_counts, n_markers = _gather(
            rule, observation_order, observation_first[p], observation_first[p + 1],
            day, kind, value, row, limit, chosen, counts, markers,
        )  # fmt: skip
        bled_from = NO_DAY
        for h in range(low, high):
            if happened.kind[h] == _BLEED:
                bled_from = min(bled_from, np.int64(happened.day[h]))
        former.there[_BEFORE] = former.there[_WITH] = 0
        started_on = -NO_DAY
        for i in range(c_low, c_high):
            if courses.disease[i] != rule.disease:
                continue
            if courses.started[i] != started_on:
                former[_BEFORE] = former[_WITH]
                started_on = np.int64(courses.started[i])
            s_low, s_high = step_first[course_order[i]], step_first[course_order[i] + 1]
            frame = frame_of(rule, i, c_low, c_high, courses, died_on[p])
            b, passed_over, moved = baseline_at(
                rule, frame.baseline_by, frame.start, counts, n_counts, happened, low, high
            )
            baseline, baseline_high = _NO_VALUE, _NO_VALUE
            if b >= 0:
                baseline, baseline_high = np.int64(counts.value[b]), np.int64(counts.high[b])
            looked_back = passed_over or (b >= 0 and counts.day[b] < frame.baseline_by)
            note = is_note(i, c_low, c_high, courses)
            started = _starts(
                rule, former, _BEFORE, i, frame, note, b, c_low, c_high, courses, counts, n_counts,
                markers, n_markers, happened, low, high, seen,
            )  # fmt: skip
            judged = not note and not started
            how, from_value, from_high = JUDGED, baseline, baseline_high
            peak, peak_high = _NO_VALUE, _NO_VALUE
            if started:
                from_value, from_high = np.int64(former.value[_NOW]), np.int64(former.high[_NOW])
                how = FOLLOWED if former.alone[_NOW] == 1 else JUDGED
                peak, peak_high = np.int64(former.peak[_NOW]), np.int64(former.peak_high[_NOW])
            own = frame
            n = n_own = _FIRST
            # The call is the walk over the window, which maintenance may prolong (DEF-LINE-07).
            while True:
                n = assess(
                    rule, how, frame, from_value, from_high, counts, n_counts, markers, n_markers,
                    happened, low, high, seen,
                )  # fmt: skip
                if note:
                    found = noted()
                elif started:
                    found = followed(rule, frame, peak, peak_high, n, seen)
                else:
                    found = walk(rule, frame, n, seen, happened, low, high, steps, s_low, s_high)
                if frame.continued == 0:
                    n_own = n
                    if not note:
                        bridge_until = bridged_alone_until(i, c_low, c_high, courses)
                        _remember(
                            former, _WITH, frame, found, started, baseline, baseline_high, bridge_until, seen
                        )
                        former[_AHEAD] = former[_WITH]
                if not judged or not _goes_on(frame, found):
                    break
                ahead = _next_to_maintain(
                    rule, former, frame.closing_at, c_low, c_high, courses, died_on[p], counts, n_counts,
                    markers, n_markers, happened, low, high, seen,
                )  # fmt: skip
                if ahead >= 0:
                    frame = prolonged(frame, frame_of(rule, ahead, c_low, c_high, courses, died_on[p]))
                else:
                    frame = settled(frame)
            calls.baseline[k] = printed(baseline, baseline_high)
            calls["flags"][k], calls.readings[k] = notes(
                rule, frame, found, courses.unlimited[i], baseline, baseline_high, looked_back, moved,
                counts, b, n, n_own, seen, happened, low, high, bled_from, steps, s_low, s_high,
            )  # fmt: skip
            calls.window_end[k], calls.gap_from[k], calls.gap_until[k] = frame.end, NO_DAY, NO_DAY
            if calls["flags"][k] & _F_GAP:
                calls.gap_from[k], calls.gap_until[k] = long_gap(rule, found, n, seen)
                if calls.gap_from[k] == NO_DAY:
                    calls.gap_from[k], calls.gap_until[k] = (
                        seen.day[found.failing],
                        seen.day[found.failing_confirming],
                    )
            _record(calls, k, rule, frame, found, judged, baseline, baseline_high, n_own, seen)
            calls.at_start[k] = _at_start(rule, frame, baseline, markers, n_markers)
            off_from = np.int64(NO_DAY) if note else np.int64(courses.off_from[i])
            _record_off(calls, k, rule, off_from, own, n_own, seen, happened, low, high)
            n_cited = cite(
                cited, plan, found, rule, frame, how == FOLLOWED, peak, from_value, from_high, b, n_own, seen,
                counts, markers, n_markers, courses, happened, low, high, steps, s_low, s_high,
            )  # fmt: skip
            calls.course[k] = course_order[i]
            marked = np.int64(courses.unlimited[i]) + (4 if note else 0) + (8 if started else 0)
            if bled_from != NO_DAY and bled_from <= frame.end and rule.disease == _ITP:
                marked += 2
            calls.fingerprint[k] = _fingerprint(
                rule, frame, courses.off_from[i], courses.stopped[i], marked, former, counts, n_counts,
                markers, n_markers, happened, low, high, steps, s_low, s_high,
            )  # fmt: skip
            for e in range(n_cited):
                evidence.step[written], evidence.source[written] = cited.step[e], cited.source[e]
                evidence.row[written], evidence.day[written] = cited.row[e], cited.day[e]
                evidence.predicate[written] = cited.predicate[e]
                evidence.threshold[written], evidence.value[written] = cited.threshold[e], cited.value[e]
                evidence.held[written] = cited.held[e]
                written += 1
            evidence_first[k + 1] = written
            k += 1
    return written


def _records(dtype: np.dtype[Any], columns: object, order: Int64) -> Any:
    """The columns that `dtype` names, put in `order`, as one array of records."""
    records = np.recarray(order.size, dtype)
    for name in dtype.names or ():
        records[name] = getattr(columns, name)[order]
    return records


@cache
def _as_record(rule: Rule) -> Any:
    return np.array([tuple(rule)], dtype=RULE).view(np.recarray)[0]


def _as_taken(steps: DoseSteps) -> DoseSteps:
    """The steps with the days on which they ended, a new step of the same agent ending the one before."""
    return replace(steps, stopped=last_days(steps.course, steps.agent, steps.started, steps.stopped))


def is_compiled() -> bool:
    """Whether the compiled engine is on disk; otherwise the first course that is judged waits for the compiler."""
    return is_kept(judge_all)


def adjudicate(series: Series, rule: Rule, order: Arranged | None = None) -> Judged:
    """Judge every course of the rule's disease in `series`; calls come ordered by (patient, start of the course).

    Exact on any partition by patient and under any order of rows. `order` is `arrange(series)`, where it is known.
    """
    order = order or arrange(series)
    observations, courses, happenings = series.observations, series.courses, series.happenings
    most = int(np.diff(order.observation_first).max(initial=0)) + 1
    widest = most + int(np.diff(order.happening_first).max(initial=0))
    n_calls = int((courses.disease == rule.disease).sum())
    calls, evidence = np.recarray(n_calls, CALL), np.recarray(n_calls * MOST_ROWS, CITATION)
    evidence_first = np.zeros(n_calls + 1, np.int64)
    written = judge_all(
        _as_record(rule),
        series.n_patients,
        frozen(series.died_on),
        _records(COURSE, courses, order.course_order),
        order.course_order,
        order.course_first,
        order.observation_order,
        order.observation_first,
        frozen(observations.day),
        frozen(observations.kind),
        frozen(observations.value),
        frozen(observations.row),
        frozen(observations.limit),
        frozen(standing(series, order, rule)),
        _records(HAPPENED, happenings, order.happening_order),
        order.happening_first,
        _records(STEP, _as_taken(series.dose_steps), order.step_order),
        order.step_first,
        np.recarray(most, COUNT),
        np.recarray(most, MARKER),
        np.recarray(widest, ASSESSMENT),
        np.recarray(MOST_ROWS, CITED),
        np.recarray(MOST_ROWS, PLANNED),
        np.recarray(4, FORMER),
        calls,
        evidence,
        evidence_first,
    )
    columns = (np.ascontiguousarray(calls[name]) for name in CALL.names or ())
    cited = (np.ascontiguousarray(evidence[name][:written]) for name in CITATION.names or ())
    return Judged(Calls._make([*columns, evidence_first]), Evidence._make(cited))
