"""One observation against one level: the closed set of predicates, in three-valued logic.

A predicate answers FAIL, UNKNOWN or PASS; "and" is the lowest answer, "or" the highest (Kleene). An answer is
never guessed: without a baseline a doubling is UNKNOWN, without markers the absence of hemolysis is UNKNOWN.
"""

from typing import NamedTuple

from adjudication.compiled import compiled
from adjudication.response.terms import MISSING, Hemolysis, Kind, MarkerState

FAIL, UNKNOWN, PASS, IGNORED, PASSED_OVER = 0, 1, 2, 3, 4
"""Labels of an assessment. IGNORED: a wash-out day whose count may not support a response. PASSED_OVER: it fails
while another cause is recorded. Both are skipped, so every label from IGNORED on is."""

ABSENT, UNSURE, PRESENT = int(Hemolysis.ABSENT), int(Hemolysis.UNKNOWN), int(Hemolysis.PRESENT)
_NORMAL, _ABNORMAL = int(MarkerState.NORMAL), int(MarkerState.ABNORMAL)
_GRAVITY = (0, 2, 1)
_LDH, _HAPTOGLOBIN, _LAST_MARKER = int(Kind.LDH), int(Kind.HAPTOGLOBIN), int(Kind.RETICULOCYTES)


class LevelRule(NamedTuple):
    """What a level asks of a count. Micro units; `fold_e3` is thousandths; MISSING = not asked."""

    at_least: int
    above: int
    fold_e3: int
    rise_above: int
    no_bleeding: int
    no_hemolysis: int


@compiled
def at_least(value, threshold):
    return PASS if value >= threshold else FAIL


@compiled
def above(value, threshold):
    return PASS if value > threshold else FAIL


@compiled
def fold_of_baseline(value, baseline, fold_e3):
    """At least so many times the baseline; a baseline of zero is legal, so nothing is divided."""
    if baseline == MISSING:
        return UNKNOWN
    return PASS if value * 1000 >= fold_e3 * baseline else FAIL


@compiled
def rise_above(value, baseline, rise):
    if baseline == MISSING:
        return UNKNOWN
    return PASS if value - baseline > rise else FAIL


@compiled
def no_hemolysis(hemolysis):
    return PASS if hemolysis == ABSENT else (FAIL if hemolysis == PRESENT else UNKNOWN)


@compiled
def meets(level, value, baseline, bleeding, hemolysis):
    """Whether a count meets every condition of a level: the lowest answer of its predicates."""
    answer = PASS
    if level.at_least != MISSING:
        answer = min(answer, at_least(value, level.at_least))
    if level.above != MISSING:
        answer = min(answer, above(value, level.above))
    if level.fold_e3 != MISSING:
        answer = min(answer, fold_of_baseline(value, baseline, level.fold_e3))
    if level.rise_above != MISSING:
        answer = min(answer, rise_above(value, baseline, level.rise_above))
    if level.no_bleeding == 1 and bleeding:
        answer = FAIL
    if level.no_hemolysis == 1:
        answer = min(answer, no_hemolysis(hemolysis))
    return answer


@compiled
def first_on_or_after(days, low, high, day):
    """First index in [low, high) of sorted `days` whose day is `day` or later."""
    while low < high:
        middle = (low + high) // 2
        if days[middle] < day:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def nearest_marker(day, kind, window, markers, n):
    """State and index of the result of one marker nearest to `day` within `window` days; (-1, -1) if none.

    Of several equally near, an abnormal one counts before an explained one before a normal one, then the lowest row.
    """
    best_gap, best_state, best_at = window + 1, -1, -1
    i = first_on_or_after(markers.day, 0, n, day - window)
    while i < n and markers.day[i] <= day + window:
        if markers.kind[i] == kind:
            gap, state = abs(markers.day[i] - day), markers.state[i]
            graver = _GRAVITY[state] > _GRAVITY[best_state] if best_at >= 0 else True
            same = best_at >= 0 and state == best_state and markers.row[i] < markers.row[best_at]
            if gap < best_gap or (gap == best_gap and (graver or same)):
                best_gap, best_state, best_at = gap, state, i
        i += 1
    return best_state, best_at


@compiled
def hemolysis_on(day, window, markers_needed, markers, n):
    """Hemolysis at a hemoglobin's date from the nearest result of each marker (DEF-AIHA-02)."""
    normal, decisive = 0, False
    for kind in range(_LDH, _LAST_MARKER + 1):
        state, _ = nearest_marker(day, kind, window, markers, n)
        if state == _ABNORMAL:
            return PRESENT
        if state == _NORMAL:
            normal += 1
            decisive = decisive or kind == _LDH or kind == _HAPTOGLOBIN
    return ABSENT if normal >= markers_needed and decisive else UNSURE
