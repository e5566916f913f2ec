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
from adjudication.response.call import STEP, days_off, landmark, off_remission, walk
from adjudication.response.evidence import CITED, MOST_ROWS, PLANNED, cite, demand, refuter, standing_against
from adjudication.response.grade import FAIL, PASS, hemolysis_on, meets
from adjudication.response.notes import notes
from adjudication.response.series import Arranged, DoseSteps, Int8, Int32, Int64, Series, arrange, frozen
from adjudication.response.spells import held_days
from adjudication.response.terms import MISSING, NO_DAY, Disease, Happening, Intent, Kind, Level
from adjudication.response.window import (
    ASSESSMENT,
    COUNT,
    HAPPENED,
    MARKER,
    RULE,
    Rule,
    assess,
    baseline_at,
    frame_of,
    weigh,
)

ENGINE_VERSION = "2"
"""Changes whenever the engine could give another call on the same series and criteria."""

_ITP, _MAINTENANCE = int(Disease.ITP), int(Intent.MAINTENANCE)
_FIRST_MARKER, _BLEED = int(Kind.LDH), int(Happening.BLEED)
_NE, _NR, _CR = int(Level.NE), int(Level.NR), int(Level.CR)
_FIRST, _NO_COUNT, _NO_VALUE = np.int64(0), np.int64(-1), np.int64(MISSING)
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
    ]
)
"""A course; those of a patient stand in [low, high) of all, ordered by start."""


class Calls(NamedTuple):
    """One row a judged course, in the order of `Courses` rows given by `course`.

    Codes are those of `terms`; days int32 with NO_DAY = none; `baseline`, `pivot_value` micro units with MISSING =
    none; er_7d … rem_12m, srot30, srot50 1 yes, 0 no, -1 not known; at_start the same for the better level held by
    the baseline already; off_from NO_DAY = not asked for.
    `fingerprint` is the digest of everything the walk read. `pivot_row` with `pivot_value` is the observation and
    the value that would have made the call `pivot_level`. Evidence rows of call i are
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
    readings: Int32
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
    pivot_row: Int64
    pivot_value: Int64
    pivot_level: Int8
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
    rule,
    frame,
    off_from,
    any_bleed_row,
    counts,
    n_counts,
    markers,
    n_markers,
    happened,
    low,
    high,
    steps,
    step_low,
    step_high,
):
    """Digest of what the walk may read, whatever the order of rows: sums of mixed entries."""
    total = (
        _mix(frame.start, frame.end, frame.closed_by + 8 * frame.baseline_by)
        + _mix(off_from, 1 if any_bleed_row and rule.disease == _ITP else 0, 5)
        + _mix(frame.next_reasons, frame.intent, 1)
    )
    total += _mix(frame.limit_day, frame.died_on, frame.further_steroid_on)
    for c in range(n_counts):
        if frame.baseline_by - rule.baseline_days <= counts.day[c] <= frame.end:
            total += _mix(counts.day[c], counts.value[c], 2)
    for m in range(n_markers):
        if (
            frame.start - rule.hemolysis_days
            <= markers.day[m]
            <= min(frame.end, NO_DAY - 400) + rule.hemolysis_days
        ):
            total += _mix(markers.day[m], markers.state[m], 16 + markers.kind[m])
    for h in range(low, high):
        if happened.day[h] <= frame.end:
            code = (happened.kind[h] * 64 + happened.reason[h]) * 64 + happened.grade[h]
            total += _mix(happened.day[h], happened.end_day[h], 4096 + code)
    for s in range(step_low, step_high):
        total += _mix(steps.started[s], steps.stopped[s], steps.mg_e6[s] + 3)
    return total


@compiled
def _gather(rule, order, low, high, day, kind, value, row, counts, markers):
    """One patient's day values and markers; returns how many of each. Rows come ordered by (day, kind, row)."""
    n_counts, n_markers = 0, 0
    for at in range(low, high):
        i = order[at]
        if kind[i] == rule.kind:
            if n_counts > 0 and counts.day[n_counts - 1] == day[i]:
                if value[i] < counts.value[n_counts - 1]:
                    counts.value[n_counts - 1], counts.row[n_counts - 1] = value[i], row[i]
            else:
                counts.day[n_counts], counts.value[n_counts] = day[i], value[i]
                counts.row[n_counts] = row[i]
                n_counts += 1
        elif kind[i] >= _FIRST_MARKER and rule.disease != _ITP:
            markers.day[n_markers], markers.kind[n_markers] = day[i], kind[i]
            markers.state[n_markers], markers.row[n_markers] = value[i], row[i]
            n_markers += 1
    return n_counts, n_markers


@compiled
def _candidates(found, rule, frame, baseline, n, seen, tried):
    """Assessments whose other count may change the level, with that count, most telling first; returns how many.

    The count that stands against the next better level, raised to it; then the counts that carry the level that
    was reached, lowered just below it.
    """
    k = 0
    if frame.intent == _MAINTENANCE:
        return k
    strict = rule.best.above != MISSING
    responded = found.level != _NE and found.level != _NR
    complete = found.level == _CR
    better = -1
    if not responded:
        better = standing_against(found, rule, frame, seen, n)
    elif not complete:
        better = refuter(seen, found.onset, found.confirming + 1)
        if better < 0:
            better = refuter(seen, found.confirming + 1, found.last_held + 1)
    first, second = -1, -1
    if responded:
        first = found.cr_confirming if complete else found.confirming
        second = found.cr_onset if complete else found.onset
    for i, raised in ((better, True), (first, False), (second, False)):
        if i >= 0 and seen.count_at[i] >= 0:
            _, threshold = demand(rule, not complete and responded != raised, baseline)
            just_below = threshold if strict else threshold - 1
            value = just_below + 1 if raised else just_below
            if value >= 0:
                tried[k, 0], tried[k, 1] = i, value
                k += 1
    return k


@compiled
def _record(calls, k, rule, frame, found, baseline, n, seen):
    """Write the verdict and the measures of one course into row `k`."""
    calls.level[k], calls.reason[k] = found.level, found.reason
    calls.onset_on[k], calls.cr_onset_on[k] = found.onset_on, found.cr_onset_on
    calls.relapsed_on[k], calls.lost_cr_on[k] = found.relapsed_on, found.lost_cr_on
    calls.duration_days[k] = found.duration_days
    calls.duration_status[k], calls.censored_by[k] = found.duration_status, found.censored_by
    judged = frame.intent != _MAINTENANCE
    for which in range(4):
        answer = -1
        if judged and rule.disease == _ITP:
            answer = landmark(
                rule, rule.landmark_days[which], rule.landmark_tolerance[which], which == 3,
                frame.start, baseline, n, seen,
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
def judge_all(
    rule, n_patients, died_on, courses, course_order, course_first, observation_order, observation_first,
    day, kind, value, row, happened, happening_first, steps, step_first,
    counts, markers, seen, cited, plan, tried, calls, evidence, evidence_first,
):  # fmt: skip
    """Walk every course of the rule's disease into `calls` and `evidence`; gives the number of evidence rows.

    Courses, happenings and steps come in order; observations by index. `counts`, `markers`, `seen`, `cited`, `plan`
    and `tried` are scratch, wide enough for any one patient.
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
            day, kind, value, row, counts, markers,
        )  # fmt: skip
        n_bleeds = 0
        for h in range(low, high):
            n_bleeds += happened.kind[h] == _BLEED
        any_bleed_row = n_bleeds > 0
        for i in range(c_low, c_high):
            if courses.disease[i] != rule.disease:
                continue
            s_low, s_high = step_first[course_order[i]], step_first[course_order[i] + 1]
            frame = frame_of(rule, i, c_low, c_high, courses, died_on[p])
            b, passed_over = baseline_at(rule, frame.baseline_by, counts, n_counts, happened, low, high)
            baseline = counts.value[b] if b >= 0 else MISSING
            looked_back = passed_over or (b >= 0 and counts.day[b] < frame.baseline_by)
            calls.pivot_row[k], calls.pivot_value[k], calls.pivot_level[k] = -1, MISSING, -1
            level, to_try, n_cited = _NE, 0, 0
            # The first walk is the call; each further one asks what another value of one count would have made it.
            n = assess(rule, frame, baseline, counts, n_counts, markers, n_markers, happened, low, high, seen)
            attempt = -1
            while attempt < to_try:
                at, kept = _NO_COUNT, _NO_VALUE
                if attempt >= 0:
                    at = tried[attempt, 0]
                    kept = seen.value[at]
                    weigh(rule, baseline, at, tried[attempt, 1], seen)
                found = walk(rule, frame, baseline, n, seen, happened, low, high, steps, s_low, s_high)
                if attempt >= 0:
                    weigh(rule, baseline, at, kept, seen)
                    if found.level != level:
                        calls.pivot_row[k] = counts.row[seen.count_at[at]]
                        calls.pivot_value[k], calls.pivot_level[k] = tried[attempt, 1], found.level
                        break
                else:
                    level = found.level
                    calls.baseline[k] = baseline
                    calls["flags"][k], calls.readings[k] = notes(
                        rule, frame, found, baseline, looked_back, n, seen, happened, low, high, any_bleed_row
                    )
                    _record(calls, k, rule, frame, found, baseline, n, seen)
                    calls.at_start[k] = _at_start(rule, frame, baseline, markers, n_markers)
                    _record_off(calls, k, rule, courses.off_from[i], frame, n, seen, happened, low, high)
                    n_cited = cite(
                        cited, plan, found, rule, frame, baseline, b, n, seen, counts, markers, n_markers,
                        happened, low, high,
                    )  # fmt: skip
                    to_try = _candidates(found, rule, frame, baseline, n, seen, tried)
                attempt += 1
            calls.course[k] = course_order[i]
            calls.fingerprint[k] = _fingerprint(
                rule, frame, courses.off_from[i], any_bleed_row, counts, n_counts, markers, n_markers,
                happened, low, high, steps, s_low, s_high,
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
        _records(HAPPENED, happenings, order.happening_order),
        order.happening_first,
        _records(STEP, _as_taken(series.dose_steps), order.step_order),
        order.step_first,
        np.recarray(most, COUNT),
        np.recarray(most, MARKER),
        np.recarray(widest, ASSESSMENT),
        np.recarray(MOST_ROWS, CITED),
        np.recarray(MOST_ROWS, PLANNED),
        np.empty((4, 2), np.int64),
        calls,
        evidence,
        evidence_first,
    )
    columns = (np.ascontiguousarray(calls[name]) for name in CALL.names or ())
    cited = (np.ascontiguousarray(evidence[name][:written]) for name in CITATION.names or ())
    return Judged(Calls._make([*columns, evidence_first]), Evidence._make(cited))
