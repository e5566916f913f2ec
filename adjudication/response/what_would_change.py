"""What would have changed a call: every count up to the end of its window tried up and down, when somebody asks.

The level of a call changes with the value of one count only at a few values: a threshold, a multiple of the baseline,
what another count of the day makes of it. Between two of them one value is judged for all, with the same compiled
walk, so that "no other value of one count changes it" rests on every value.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from adjudication.response.engine import adjudicate
from adjudication.response.same_day import TOP
from adjudication.response.series import Courses, DoseSteps, Happenings, Int8, Observations, Series
from adjudication.response.terms import MICRO, MISSING, NO_DAY, Kind, MarkerState, Step
from adjudication.response.window import Rule

ROWS_AT_ONCE = 200_000
"""Observations that are judged together: it bounds the memory, a few hundred bytes each."""

_STATES = (MarkerState.NORMAL, MarkerState.ABNORMAL)
_GRID = (MICRO, MICRO // 10, MICRO // 100, MICRO // 1000, 1)


class Change(NamedTuple):
    """One other value of one observation, and the level that the call would have had with it.

    `row`, `day` (from 1970-01-01) and `kind` are the observation's; `was` with its `limit` (-1 `<`, 1 `>`, else 0) and
    `becomes` are micro units, of a marker codes of `MarkerState`; `level` is a code of `Level`. `baseline` says that
    the observation is the baseline of the course.
    """

    row: int
    day: int
    kind: int
    was: int
    limit: int
    becomes: int
    level: int
    baseline: bool


class _Try(NamedTuple):
    """A stretch of values of the observation at a place, within which nothing can change."""

    at: int
    low: int
    high: int

    def nearest(self, ends: tuple[int, int]) -> int:
        """The value nearest to a result between `ends`, if it can within them, with the fewest decimals there are."""
        was = ends[0] if ends[1] == TOP else ends[1]
        for grid in _GRID:
            upwards, downwards = -(-max(self.low, was) // grid) * grid, min(self.high, was) // grid * grid
            fits = [value for value in (downwards, upwards) if self.low <= value <= self.high]
            if fits:
                return min(fits, key=lambda value: (not ends[0] <= value <= ends[1], abs(value - was)))
        return self.low


def what_would_change(series: Series, rule: Rule, course: int) -> tuple[Change, ...]:
    """For every count and marker, and every other level that it can bring, the nearest value that does.

    `course` is a row of `series.courses`, of the rule's disease. Counts come before markers, then the smallest change
    first; empty if no single one would have changed the level. Two values are equally good if nobody can tell them
    apart by the level, so the nearest with the fewest decimals is given. Costs a walk of the patient for each value
    tried: some hundredths of a second for a hundred counts.
    """
    one, place = _alone(series, rule, course)
    found = adjudicate(one, rule)
    (k,) = np.flatnonzero(found.calls.course == place)
    level = int(found.calls.level[k])
    baselines = set(found.evidence.row[found.evidence.step == Step.BASELINE].tolist())
    one = _reachable(one, rule, baselines)
    tries = list(_tries(one, rule, baselines, int(found.calls.window_end[k])))
    levels = _levels(one, rule, place, tries)
    cited = slice(int(found.calls.evidence_first[k]), int(found.calls.evidence_first[k + 1]))
    own = set(found.evidence.row[cited][found.evidence.step[cited] == Step.BASELINE].tolist())
    nearest: dict[tuple[int, int], Change] = {}
    for tried, becomes in _joined(tries, levels):
        if becomes == level:
            continue
        observed = {name: int(column[tried.at]) for name, column in vars(one.observations).items()}
        change = Change(
            observed["row"],
            observed["day"],
            observed["kind"],
            observed["value"],
            observed["limit"],
            tried.nearest(_ends(observed["value"], observed["limit"])),
            becomes,
            observed["row"] in own,
        )
        known = nearest.get((tried.at, becomes))
        if known is None or _size(change) < _size(known):
            nearest[tried.at, becomes] = change
    return tuple(sorted(nearest.values(), key=lambda change: (*_size(change), change.day, change.row)))


def _joined(tries: Sequence[_Try], levels: Sequence[int]) -> list[tuple[_Try, int]]:
    """Neighboring stretches of one observation that bring the same level, as one."""
    joined: list[tuple[_Try, int]] = []
    for tried, level in zip(tries, levels, strict=True):
        last = joined[-1] if joined else None
        if last is not None and last[1] == level and last[0].at == tried.at and last[0].high + 1 == tried.low:
            joined[-1] = (_Try(tried.at, last[0].low, tried.high), level)
        else:
            joined.append((tried, level))
    return joined


def _size(change: Change) -> tuple[bool, int]:
    is_marker = change.kind >= Kind.LDH
    return is_marker, 0 if is_marker else abs(change.becomes - change.was)


def _alone(series: Series, rule: Rule, course: int) -> tuple[Series, int]:
    """The patient of a course alone with what the rule reads, and the course's row there."""
    patient = series.courses.patient[course]
    mine = series.courses.patient == patient
    place = np.cumsum(mine) - 1
    kind = series.observations.kind
    read = (kind == rule.kind) | ((kind >= Kind.LDH) & (rule.hemolysis_days > 0))
    steps = _picked(series.dose_steps, mine[series.dose_steps.course])
    alone = Series(
        1,
        series.died_on[patient : patient + 1],
        _first(_picked(series.courses, mine)),
        _first(_picked(series.observations, (series.observations.patient == patient) & read)),
        _first(_picked(series.happenings, series.happenings.patient == patient)),
        replace(steps, course=place[steps.course].astype(np.int32)),
    )
    return alone, int(place[course])


def _first(table: Any) -> Any:
    """Rows of one patient as those of the first."""
    return replace(table, patient=np.zeros(table.patient.size, np.int32))


def _picked(table: Any, rows: Any) -> Any:
    return type(table)(**{name: column[rows] for name, column in vars(table).items()})


def _reachable(one: Series, rule: Rule, baselines: set[int]) -> Series:
    """The series without the observations before the days from which the first course may take its baseline."""
    seen, started = one.observations, one.courses.started[one.courses.disease == rule.disease]
    first = min(
        [int(started.min()) - rule.baseline_days, *seen.day[np.isin(seen.row, list(baselines))].tolist()]
    )
    reach = np.where(seen.kind >= Kind.LDH, rule.hemolysis_days, 0)
    return replace(one, observations=_picked(seen, seen.day >= first - reach))


# Values to try


def _tries(one: Series, rule: Rule, baselines: set[int], until: int) -> Iterable[_Try]:
    """Every value worth trying of every observation up to `until`, the last day that the walk has read.

    `baselines` are the rows of the counts from which a course starts.
    """
    seen = one.observations
    counts: list[int] = np.flatnonzero(seen.kind == rule.kind).tolist()
    ends = {i: _ends(int(seen.value[i]), int(seen.limit[i])) for i in counts}
    day = seen.day.tolist()
    baseline_days = {day[i] for i in counts if int(seen.row[i]) in baselines}
    of_level = _of_levels(rule)
    of_baseline = {t for i in counts if day[i] in baseline_days for end in ends[i] for t in _over(rule, end)}
    as_baseline = {t for i in counts for end in ends[i] for t in _under(rule, end)}
    of_fall = {t for i in counts for end in ends[i] for t in _of_fall(rule, end)}
    for i in counts:
        if day[i] > until:
            continue
        same_day = [end for j in counts if j != i and day[j] == day[i] for end in ends[j]]
        edges = of_level | of_baseline | of_fall | _of_same_day(rule, same_day)
        if day[i] in baseline_days:
            edges |= as_baseline
        for low, high in _stretches(edges):
            if seen.limit[i] != 0 or not low <= seen.value[i] <= high:
                yield _Try(i, low, high)
    last = until if until == NO_DAY else until + rule.hemolysis_days
    for i in np.flatnonzero((seen.kind >= Kind.LDH) & (seen.day <= last)).tolist():
        yield from (_Try(i, int(state), int(state)) for state in _STATES if seen.value[i] != state)


def _ends(value: int, limit: int) -> tuple[int, int]:
    """The lowest and the highest value that a result may be."""
    if limit < 0:
        return 0, max(value - 1, 0)
    return (value + 1, TOP) if limit > 0 else (value, value)


def _of_levels(rule: Rule) -> set[int]:
    """Values at which a count reaches or leaves a level, whatever the baseline."""
    levels = (rule.best, rule.next, rule.held)
    return {t for level in levels for t in (level.at_least, level.above) if t != MISSING}


def _over(rule: Rule, baseline: int) -> list[int]:
    """Values at which a count is the multiple of a baseline, or its rise."""
    found = []
    if rule.next.fold_e3 != MISSING:
        found.append(rule.next.fold_e3 * baseline // 1000)
    if rule.next.rise_above != MISSING:
        found.append(baseline + rule.next.rise_above)
    return found


def _under(rule: Rule, count: int) -> list[int]:
    """Values of a baseline of which a count is the multiple, or the rise."""
    found = []
    if rule.next.fold_e3 > 0:
        found.append(count * 1000 // rule.next.fold_e3)
    if rule.next.rise_above != MISSING:
        found += [count - rule.next.rise_above, count - rule.next.rise_above - 1]
    return found


def _of_fall(rule: Rule, other: int) -> list[int]:
    """Values at which a count has fallen from another as the peak, or is the peak from which the other fell."""
    if rule.loss_needs_hemolysis == 0:
        return []
    found = [rule.fall_below, rule.fall_below - 1]
    if other < rule.fall_below:
        found += [other + rule.fall_by, other + rule.fall_by - 1]
    if other - rule.fall_by < rule.fall_below:
        found.append(other - rule.fall_by)
    return found


def _of_same_day(rule: Rule, others: Iterable[int]) -> set[int]:
    """Values at which another result of the day is passed, or is so many times this one or the other way round."""
    times = max(rule.same_day_times, 1)
    return {
        t for other in others for t in (other, other - 1, times * other, times * other - 1, other // times)
    }


def _stretches(edges: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Stretches of values within which nothing can change, from zero on: every edge may end one or begin one."""
    begins = sorted({0, *(t for edge in edges for t in (edge, edge + 1) if 0 < t < TOP)})
    return zip(begins, [*(begin - 1 for begin in begins[1:]), TOP - 1], strict=True)


# Judging them


def _levels(one: Series, rule: Rule, place: int, tries: list[_Try]) -> list[int]:
    """The level of the course with each of the values, in their order."""
    found: list[int] = []
    at_once = max(1, ROWS_AT_ONCE // max(one.observations.day.size, 1))
    for first in range(0, len(tries), at_once):
        some = tries[first : first + at_once]
        many = _repeated(one, len(some))
        n, n_courses = one.observations.day.size, one.courses.started.size
        changed = np.array([k * n + tried.at for k, tried in enumerate(some)])
        many.observations.value[changed] = [tried.low for tried in some]
        many.observations.limit[changed] = 0
        calls = adjudicate(many, rule).calls
        level: Int8 = np.zeros(many.courses.started.size, np.int8)
        level[calls.course] = calls.level
        found += level[place::n_courses].tolist()
    return found


def _repeated(one: Series, times: int) -> Series:
    """The one patient of a series so many times."""

    def tiled(table: Any) -> dict[str, Any]:
        return {name: np.tile(column, times) for name, column in vars(table).items()}

    def of_patients(kind: type[Any], table: Any) -> Any:
        rows = table.patient.size
        return kind(**tiled(table) | {"patient": np.repeat(np.arange(times, dtype=np.int32), rows)})

    steps, n_courses = one.dose_steps, one.courses.started.size
    course = tiled(steps)["course"] + np.repeat(np.arange(times) * n_courses, steps.course.size)
    return Series(
        times,
        np.tile(one.died_on, times),
        of_patients(Courses, one.courses),
        of_patients(Observations, one.observations),
        of_patients(Happenings, one.happenings),
        DoseSteps(**tiled(steps) | {"course": course.astype(np.int32)}),
    )
