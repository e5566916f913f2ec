"""Counts that tell a planned story: days of visits, and a value for each, with seeded noise.

Platelets in 10*9/L and hemoglobin in g/L, whole numbers. Bands keep a story what it is under the noise of any
seed: a failing count stays failing, a complete response stays one but for single dips.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from registry.demo.plan import Course, Episode, Patient

State = Literal["normal", "failing", "response", "complete"]

_DENSE = (3, 7, 10, 14, 21, 28, 35, 42, 56, 70, 84, 105, 126, 154, 182, 210, 238, 273, 308, 343)
_SPARSE = 91
_EARLY = 90
_BEFORE_ONSET = (-170, -80, -24)
_TAIL = 9
_TAIL_BEFORE_DEATH = 12


@dataclass(frozen=True)
class Count:
    """One result on `day` (0 = onset of the first cytopenia); `pivotal` counts carry the story."""

    day: int
    value: int
    state: State
    pivotal: bool = False


@dataclass(frozen=True)
class Window:
    """A course in the patient's time: counts of (start, end] tell its story."""

    course: Course
    start: int
    end: int

    def on(self, day: int) -> int:
        """The patient's day of a day of the course."""
        return self.start + day

    @property
    def onset(self) -> int:
        return self.on(self.course.onset)

    @property
    def loss(self) -> int:
        """Day of the first failing count after the response."""
        return self.onset + (self.course.lasts or 0)


@dataclass(frozen=True)
class Bands:
    """Whole numbers, both ends included, between which the noise of each state may move."""

    failing: tuple[int, int]
    lost: tuple[int, int]
    response: tuple[int, int]
    complete: tuple[int, int]
    normal: tuple[int, int]


def follow_up(patient: Patient) -> int:
    """Days from the first cytopenia to the last contact or death."""
    if patient.follow_up is not None:
        return patient.follow_up
    last = windows(patient.episodes[0], 0)[-1]
    return last.loss + _TAIL


def last_count_on(patient: Patient) -> int:
    """No count is taken after this day."""
    return follow_up(patient) - (_TAIL_BEFORE_DEATH if patient.death_cause else _TAIL)


def windows(episode: Episode, end: int) -> list[Window]:
    """The courses of an episode in the patient's time; the last is open to `end`."""
    starts, day = [], episode.onset
    for course in episode.courses:
        start = day + course.wait
        starts.append(start)
        day = start + course.tried
        if course.outcome == "lost":
            day = start + course.onset + (course.lasts or 0)
    ends = [*starts[1:], end]
    return [Window(*one) for one in zip(episode.courses, starts, ends, strict=True)]


def counts(patient: Patient, episode: Episode, rng: np.random.Generator) -> list[Count]:
    """The counts of the episode's analyte, days ascending, one a day."""
    end = last_count_on(patient)
    made = {count.day: count for count in _before(patient, episode, rng)}
    baseline = made[max(made)].value
    for window in windows(episode, end):
        if window.start in made:
            made[window.start] = replace(made[window.start], pivotal=True)
        baseline = _baseline(made, window, baseline)
        bands = _bands(episode, baseline)
        for count in _window(window, bands, min(window.end, end), rng):
            made[count.day] = count
    return _with_other_causes(episode, sorted(made.values(), key=lambda count: count.day))


def _before(patient: Patient, episode: Episode, rng: np.random.Generator) -> Iterator[Count]:
    """Normal counts before the onset, the count that led to the diagnosis, and the lowest one."""
    bands = _bands(episode, episode.nadir)
    early = [episode.onset + day for day in _BEFORE_ONSET]
    if episode.onset:
        early = list(range(-80, episode.onset - 20, _SPARSE))
    for day in early:
        yield Count(day + int(rng.integers(-5, 6)), _inside(bands.normal, rng), "normal")
    first = windows(episode, follow_up(patient))[0].start
    given = episode.platelets_given_on is not None or 0 in episode.red_cells_given_on
    lowest_on = episode.onset if given else first
    for day in range(episode.onset, first + 1):
        if day in (episode.onset, lowest_on, first):
            value = episode.nadir if day == lowest_on else _inside(bands.failing, rng)
            yield Count(day, value, "failing", pivotal=True)


def _baseline(made: dict[int, Count], window: Window, before: int) -> int:
    """The highest count that may serve as the baseline of the window, so that the bands hold for each."""
    recent = [
        count.value
        for day, count in made.items()
        if window.start - 3 <= day <= window.start and count.state == "failing"
    ]
    return max(recent, default=before)


def _window(window: Window, bands: Bands, end: int, rng: np.random.Generator) -> Iterator[Count]:
    course = window.course
    if course.outcome == "failed":
        for day in _visits(window.start, window.end, {window.end}, rng):
            yield Count(day, _inside(bands.failing, rng), "failing", day == window.end)
    elif course.outcome == "unclear":
        for day in _visits(window.start, window.end, {window.end}, rng):
            if day < window.end:
                yield Count(day, _inside(bands.response, rng), "response", True)
        yield Count(window.end, _inside(bands.lost, rng), "failing", True)
    else:
        yield from _response(window, bands, end, rng)


def _response(window: Window, bands: Bands, end: int, rng: np.random.Generator) -> Iterator[Count]:
    """Failing until the onset, then in response until the loss or the last count."""
    course, lost = window.course, window.course.outcome == "lost"
    last = end if course.lasts is None else min(window.loss, end)
    complete = None if course.complete is None else window.on(course.complete)
    fixed = {window.onset, last} | ({complete} if complete is not None else set())
    low, width = bands.complete[0], bands.complete[1] - bands.complete[0]
    level = int(rng.integers(low + width // 6, low + 2 * width // 3))
    dipped = False
    for day in _visits(window.start, last, fixed, rng):
        pivotal = day in fixed
        if day < window.onset:
            yield Count(day, _inside(bands.failing, rng), "failing", pivotal)
        elif complete is None or day < complete:
            if not (lost and day == last):
                yield Count(day, _inside(bands.response, rng), "response", pivotal)
        elif not (lost and day == last):
            # One count below, the next above again: complete response is not lost.
            dips = not pivotal and not dipped and day > complete + 60 and rng.random() < 0.04
            dipped |= dips
            value = bands.complete[0] - 12 if dips else _near(level, bands.complete, rng)
            yield Count(day, value, "complete", pivotal)
    if lost:
        # Found, and confirmed within days: then often, until the next course begins.
        for day in sorted({last, last + int(rng.integers(1, 4)), window.end}):
            yield Count(day, _inside(bands.lost, rng), "failing", True)


def _visits(start: int, end: int, fixed: set[int], rng: np.random.Generator) -> list[int]:
    """Days of counts in (start, end]: dense at first, then monthly, then each quarter; with `fixed`."""
    planned, offset = list(_DENSE), _DENSE[-1]
    while start + offset < end:
        offset += _SPARSE
        planned.append(offset)
    days = set(fixed)
    for offset in planned:
        late = offset > _EARLY
        day = start + offset + (int(rng.integers(-6, 7)) if late else 0)
        if start < day < end and all(abs(day - other) > (9 if late else 1) for other in fixed):
            days.add(day)
    return sorted(day for day in days if start < day <= end)


def _bands(episode: Episode, baseline: int) -> Bands:
    lowest = episode.nadir
    if episode.disease == "ITP":
        return Bands(
            failing=(lowest, max(lowest + 4, min(28, 2 * baseline + 8))) if lowest < 30 else (lowest, 70),
            lost=(lowest, max(lowest + 3, 26)),
            response=(max(34, 2 * baseline + 3), 94),
            complete=(104, 420),
            normal=(150, 290),
        )
    return Bands(
        failing=(lowest, lowest + 12),
        lost=(lowest + 4, lowest + 18),
        response=(max(baseline + 25, 100), max(baseline + 30, 117)),
        complete=(123, 152),
        normal=(122, 150),
    )


def _inside(band: tuple[int, int], rng: np.random.Generator) -> int:
    return int(rng.integers(band[0], band[1] + 1))


def _near(level: int, band: tuple[int, int], rng: np.random.Generator) -> int:
    return int(np.clip(round(level * float(rng.lognormal(0, 0.16 if band[1] > 200 else 0.03))), *band))


def _with_other_causes(episode: Episode, made: list[Count]) -> list[Count]:
    """While another cause is recorded the count falls; it is not the disease that fails."""
    found = list(made)
    for first, last, _ in episode.other_causes:
        found = [count for count in found if not first - 12 <= count.day <= last + 12]
        found += [Count(first + day, episode.nadir + 12, "failing", True) for day in (5, 12)]
        found += [Count(last + 10, _bands(episode, episode.nadir).response[0] + 6, "response", True)]
    return sorted(found, key=lambda count: count.day)
