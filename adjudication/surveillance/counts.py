"""The clean counts of patients as one looks at them: the values of each day, and what the last one is compared with.

Columns: numpy arrays of one length, one patient's rows together and in order, so that one patient and fifty thousand
are judged by the same lines. Counts are whole micro units of 10*9/L; a comparator has already moved them by one.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from adjudication.surveillance.protocol import Condition, Programme

Column = npt.NDArray[Any]

NONE = -(10**16)
"""No count, in a column of micro units."""
NEVER = np.datetime64("NaT", "D")
"""No day, in a column of days."""
NOWHERE = -1
"""No row, in a column of places."""


@dataclass(frozen=True)
class Count:
    """A clean count: its day, and its value in micro units.

    `at` is its time by the clock on the wall, None where only the day is known; `stored_in` the number of the change
    that stored it.
    """

    on: date
    e6: int
    at: datetime | None = None
    stored_in: int = 0


@dataclass(frozen=True)
class Counts:
    """Clean counts in columns; of one patient they lie together, in the order of their days.

    `patient` is the patient's place among those asked about, from 0; `on` days, `at` times by the clock on the wall
    (NaT where only the day is known), `e6` micro units, `stored_in` the change that stored the count. `over` is -1
    for a value known as below a limit, 1 for above, else 0; `citrate` marks a value that was corrected for citrate.
    """

    patient: Column
    on: Column
    at: Column
    e6: Column
    stored_in: Column
    over: Column
    citrate: Column

    def take(self, rows: Column) -> Self:
        """These rows."""
        return type(self)(*(getattr(self, one.name)[rows] for one in fields(self)))

    def bounds(self, patients: int) -> tuple[Column, Column]:
        """The places of the first and the last row of each of so many patients; the last is NOWHERE without any."""
        edges = np.searchsorted(self.patient, np.arange(patients + 1))
        first, end = edges[:-1], edges[1:]
        return first, np.where(end > first, end - 1, NOWHERE)

    def of(self, first: int, last: int) -> list[Count]:
        """The rows from one place to another, both included, as counts of one patient."""
        if last == NOWHERE:
            return []
        rows = slice(first, last + 1)
        columns = (self.on[rows], self.e6[rows], self.at[rows], self.stored_in[rows])
        return [Count(*row) for row in zip(*(one.tolist() for one in columns), strict=True)]


def pick(column: Column, places: Column, none: Any) -> Column:
    """The values at some places of a column; `none` where the place is NOWHERE."""
    if not column.size:
        return np.full(places.shape, none, dtype=column.dtype)
    return np.where(places == NOWHERE, np.array(none, dtype=column.dtype), column[places])


def steps(counts: Counts) -> Counts:
    """The clean counts as one looks at them: each specimen of a day on which all have their time, else the lowest of
    the day (READ-SURV-09).

    Of equal ones the earliest time holds, and the last change that stored one of the day.
    """
    starts = _starts(counts.patient, counts.on)
    if starts.all():
        return counts
    start, day = np.flatnonzero(starts), np.cumsum(starts) - 1
    crowded = np.flatnonzero(np.diff(np.append(start, day.size))[day] > 1)
    timed = np.logical_and.reduceat(~np.isnat(counts.at), start)[day]
    # Rows of one day and moment together, the lowest first.
    moment = np.where(timed, counts.at, np.datetime64("NaT", "us")).view(np.int64)
    order = np.lexsort(tuple(one[crowded] for one in (-counts.over, ~counts.citrate, counts.e6, moment, day)))
    rows = crowded[order]
    opens = _starts(day[rows], moment[rows])
    heads, group = np.flatnonzero(opens), np.cumsum(opens) - 1
    lowest = counts.e6[rows] == counts.e6[rows[heads]][group]
    earliest = np.where(lowest, counts.at[rows], np.datetime64("NaT", "us"))
    chosen = rows[heads]
    # The steps of a day take its first rows, in the order of their moments.
    of_day = day[chosen]
    places = start[of_day] + np.arange(of_day.size) - np.searchsorted(of_day, of_day)
    source, kept = np.arange(day.size), np.ones(day.size, dtype=bool)
    source[places], kept[crowded], kept[places] = chosen, False, True
    at, stored_in = counts.at.copy(), counts.stored_in.copy()
    at[chosen] = np.fmin.reduceat(earliest, heads)
    stored_in[chosen] = np.maximum.reduceat(counts.stored_in[rows], heads)
    merged = Counts(counts.patient, counts.on, at, counts.e6, stored_in, counts.over, counts.citrate)
    return merged.take(source[kept])


def _starts(*columns: Column) -> Column:
    """Whether a row differs from the one before it in any of these columns."""
    found = np.ones(columns[0].shape, dtype=bool)
    if found.size:
        found[1:] = np.logical_or.reduce([one[1:] != one[:-1] for one in columns])
    return found


def fell(percent: int, from_e6: Any, to_e6: Any) -> Any:
    """Whether a count fell by so many percent of the one that it is measured from; of numbers, or of columns."""
    return (to_e6 != NONE) & (to_e6 < from_e6) & (100 * (from_e6 - to_e6) >= percent * from_e6)


def fits(when: Condition, measured_from_e6: Column, e6: Column) -> Column:
    """Whether counts are what a condition asks of a count, measured from others."""
    found = np.ones(e6.shape, dtype=bool)
    if when.up_to_e6 is not None:
        found &= (e6 != NONE) & (e6 <= when.up_to_e6)
    if when.fall_percent is not None:
        found &= fell(when.fall_percent, measured_from_e6, e6)
    return found


@dataclass(frozen=True)
class Compared:
    """What steps are compared with, as places among the steps, NOWHERE where there is none.

    `before` is the clean count before, however old; `measured_from` the one that a fall is measured from; `confirms`
    the one before where it is recent enough to be confirmed by this one.
    """

    before: Column
    measured_from: Column
    confirms: Column


def compared(programme: Programme, taken: Counts, first: Column, last: Column) -> Compared:
    """What the steps at the places `last` are compared with (DEF-SURV-02, READ-SURV-24).

    `taken` is what `steps` gives, `first` the place of the first step of the same patient. Each step is looked at as
    if it were the last of its patient. A fall is measured from the count before, or, where that was itself a steep
    fall, from the earliest of the days before from which all since fell steeply.
    """
    before = np.where(last > first, last - 1, NOWHERE)
    measured_from = before.copy()
    percent = programme.fall_percent
    if percent is not None:
        looked = np.flatnonzero(before > first)
        at = before[looked] - 1
        highest = taken.e6[before[looked]]
        while looked.size:
            recent = _are_recent(programme, taken, at, last[looked])
            looked, at, highest = looked[recent], at[recent], highest[recent]
            steep = fell(percent, taken.e6[at], highest)
            measured_from[looked[steep]] = at[steep]
            highest = np.maximum(highest, taken.e6[at])
            more = at > first[looked]
            looked, at, highest = looked[more], at[more] - 1, highest[more]
    confirms = before.copy()
    known = np.flatnonzero(before != NOWHERE)
    old = ~_are_recent(programme, taken, before[known], last[known])
    confirms[known[old]] = NOWHERE
    return Compared(before, measured_from, confirms)


def _are_recent(programme: Programme, taken: Counts, before: Column, last: Column) -> Column:
    days = np.timedelta64(programme.previous_within_days, "D")
    found: Column = taken.on[last] - taken.on[before] <= days
    return found


def are_confirmed(programme: Programme, taken: Counts, first: Column, last: Column) -> Column:
    """Whether steps, each looked at as the last, are a confirmed finding: low, or a steep fall, as the one before."""
    beside = compared(programme, taken, first, last)
    measured_from = pick(taken.e6, beside.measured_from, NONE)
    confirms, current = pick(taken.e6, beside.confirms, NONE), taken.e6[last]
    found = np.zeros(last.shape, dtype=bool)
    for rung in programme.rungs:
        if rung.when.confirmed:
            found |= fits(rung.when, measured_from, confirms) & fits(rung.when, measured_from, current)
    return found & (beside.confirms != NOWHERE)


def confirmed_since(
    programme: Programme,
    when: Condition,
    taken: Counts,
    first: Column,
    last: Column,
    measured_from_e6: Column,
) -> Column:
    """The places of the first steps that confirmed what `when` asks of the steps at `last` (READ-SURV-25).

    From there the time runs, whatever was counted later: no further recheck puts off the contact. A place after
    `last` where nothing confirms it.
    """

    def went_on(looked: Column, at: Column) -> Column:
        recent = _are_recent(programme, taken, at, at + 1)
        return recent & fits(when, measured_from_e6[looked], taken.e6[at])

    return _back_while(went_on, first, last) + 1


def _back_while(goes_on: Callable[[Column, Column], Column], first: Column, last: Column) -> Column:
    """From each place back to the first of its patient's steps up to which `goes_on` holds without a break."""
    reached = last.copy()
    looked = np.flatnonzero(last > first)
    while looked.size:
        looked = looked[goes_on(looked, reached[looked] - 1)]
        reached[looked] -= 1
        looked = looked[reached[looked] > first[looked]]
    return reached
