"""The clean counts of patients as one looks at them: one value a day, and what the last one is compared with.

Columns: numpy arrays of one length, one patient's rows together and in order, so that one patient and fifty thousand
are judged by the same lines. Counts are whole micro units of 10*9/L. A value known only as a limit lies in a range:
`e6` is the least that it may be, `more_e6` how much higher it may lie (DEF-UNIT-03).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from adjudication.day_values import Result, value_of_day
from adjudication.surveillance.protocol import Condition, Protocol

Column = npt.NDArray[Any]

NONE = -(10**16)
"""No count, in a column of micro units."""
NEVER = np.datetime64("NaT", "D")
"""No day, in a column of days."""
NOWHERE = -1
"""No row, in a column of places."""
UNBOUNDED = 10**15
"""How much higher a count may lie that is known only as above a limit."""


@dataclass(frozen=True)
class Count:
    """A clean count: its day, and its value in micro units.

    `at` is its time by the clock on the wall, None where only the day is known; `stored_in` the number of the change
    that stored it; `more_e6` how much higher it may lie, 0 unless it is known only as a limit.
    """

    on: date
    e6: int
    at: datetime | None = None
    stored_in: int = 0
    more_e6: int = 0

    @property
    def highest_e6(self) -> int:
        """The most that it may be."""
        return self.e6 + self.more_e6


@dataclass(frozen=True)
class Counts:
    """Clean counts in columns; of one patient they lie together, in the order of their days.

    `patient` is the patient's place among those asked about, from 0; `on` days, `at` times by the clock on the wall
    (NaT where only the day is known), `e6` and `more_e6` micro units, `stored_in` the change that stored the count.
    `over` is -1 for a value known as below a limit, 1 for above, else 0; `tube` a tube of `day_values`, a value in
    citrate corrected for it. `discordant`: the value of a day holds because another tube of that day clumped.
    """

    patient: Column
    on: Column
    at: Column
    e6: Column
    more_e6: Column
    stored_in: Column
    over: Column
    tube: Column
    discordant: Column

    @classmethod
    def reported(
        cls,
        patient: Column,
        on: Column,
        at: Column,
        reported_e6: Column,
        stored_in: Column,
        over: Column,
        tube: Column,
    ) -> Self:
        """Counts as reported, in micro units with the sign of their comparator in `over`: `<50` lies in [0, 50)."""
        below, above = over < 0, over > 0
        more_e6 = np.where(below, np.maximum(reported_e6 - 1, 0), np.where(above, UNBOUNDED, 0))
        e6 = np.where(below, 0, reported_e6 + above)
        return cls(patient, on, at, e6, more_e6, stored_in, over, tube, np.zeros(on.shape, dtype=bool))

    @property
    def highest_e6(self) -> Column:
        """The most that each may be."""
        found: Column = self.e6 + self.more_e6
        return found

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
        columns = (self.on[rows], self.e6[rows], self.at[rows], self.stored_in[rows], self.more_e6[rows])
        return [Count(*row) for row in zip(*(one.tolist() for one in columns), strict=True)]


def pick(column: Column, places: Column, none: Any) -> Column:
    """The values at some places of a column; `none` where the place is NOWHERE."""
    if not column.size:
        return np.full(places.shape, none, dtype=column.dtype)
    return np.where(places == NOWHERE, np.array(none, dtype=column.dtype), column[places])


def steps(protocol: Protocol, counts: Counts, starts: Column | None = None) -> Counts:
    """The clean counts as one looks at them: one value a day (READ-SURV-09), by the rule of the response judge.

    `starts` are keys (`day_key`) of days on which a course of the patient starts: there the time of day decides
    nothing. Of equal values one that is no limit holds, then the earliest time; a day has the last change that stored
    one of its counts.
    """
    opens = _starts(counts.patient, counts.on)
    if opens.all():
        return counts
    head, day = np.flatnonzero(opens), np.cumsum(opens) - 1
    crowded = np.flatnonzero(np.diff(np.append(head, day.size))[day] > 1)
    # The lowest of a day first; of equal ones what is no limit, then the earliest time, an unknown one last.
    order = np.lexsort(
        tuple(one[crowded] for one in (counts.tube, counts.at, counts.more_e6, counts.e6, day))
    )
    rows = crowded[order]
    first = _starts(day[rows])
    held, discordant = head.copy(), np.zeros(head.shape, dtype=bool)
    held[day[rows[first]]] = rows[first]
    for several in _in_doubt(protocol, counts, rows, np.flatnonzero(first)):
        key = day_key(counts.patient[several[:1]], counts.on[several[:1]])
        timed = starts is None or not np.isin(key, starts)[0]
        chosen = value_of_day(_results(counts, several), protocol.same_day_times, timed)
        place = day[several[0]]
        held[place], discordant[place] = several[chosen.place], chosen.discordant
    last_stored_in = np.maximum.reduceat(counts.stored_in, head)
    return replace(counts.take(held), stored_in=last_stored_in, discordant=discordant)


def day_key(patient: Column, on: Column) -> Column:
    """A number for each patient and day, in the order of both."""
    found: Column = patient.astype(np.int64) << 32 | on.astype("M8[D]").astype(np.int64)
    return found


def _in_doubt(protocol: Protocol, counts: Counts, rows: Column, firsts: Column) -> Iterator[Column]:
    """The rows of each day of which the lowest need not hold: where the counts lie far enough apart.

    `rows` lie by day, the lowest of a day first; `firsts` are the places of those.
    """
    most = np.maximum.reduceat(counts.highest_e6[rows], firsts)
    ends = np.append(firsts[1:], rows.size)
    for number in np.flatnonzero(most >= protocol.same_day_times * counts.e6[rows[firsts]]).tolist():
        yield rows[firsts[number] : ends[number]]


def _results(counts: Counts, rows: Column) -> list[Result]:
    """The counts of one day as the rule of a day asks for them."""
    at = counts.at[rows]
    minutes = (at.astype("M8[m]") - counts.on[rows].astype("M8[m]")).astype(np.int64)
    columns = (counts.e6[rows], counts.highest_e6[rows], counts.tube[rows], minutes, ~np.isnat(at))
    return [
        Result(low, high, tube, minute if known else None)
        for low, high, tube, minute, known in zip(*(one.tolist() for one in columns), strict=True)
    ]


def _starts(*columns: Column) -> Column:
    """Whether a row differs from the one before it in any of these columns."""
    found = np.ones(columns[0].shape, dtype=bool)
    if found.size:
        found[1:] = np.logical_or.reduce([one[1:] != one[:-1] for one in columns])
    return found


def fell(percent: int, from_e6: Any, highest_e6: Any) -> Any:
    """Whether a count fell by so many percent of the one that it is measured from; of numbers, or of columns.

    From the least that the one may have been to the most that the other may be: only where both ends say so.
    """
    return (highest_e6 != NONE) & (highest_e6 < from_e6) & (100 * (from_e6 - highest_e6) >= percent * from_e6)


def fits(when: Condition, measured_from_e6: Column, e6: Column, highest_e6: Column) -> Column:
    """Whether counts are what a condition asks of a count, measured from others: by the graver band of a limit."""
    found = np.ones(e6.shape, dtype=bool)
    if when.up_to_e6 is not None:
        found &= (e6 != NONE) & (e6 <= when.up_to_e6)
    if when.fall_percent is not None:
        found &= fell(when.fall_percent, measured_from_e6, highest_e6)
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


def compared(protocol: Protocol, taken: Counts, first: Column, last: Column) -> Compared:
    """What the steps at the places `last` are compared with (DEF-SURV-02, READ-SURV-24).

    `taken` is what `steps` gives, `first` the place of the first step of the same patient. Each step is looked at as
    if it were the last of its patient. A fall is measured from the count before, or, where that was itself a steep
    fall, from the earliest of the days before from which all since fell steeply.
    """
    before = np.where(last > first, last - 1, NOWHERE)
    measured_from = before.copy()
    percent = protocol.fall_percent
    if percent is not None:
        looked = np.flatnonzero(before > first)
        at = before[looked] - 1
        most = taken.highest_e6
        highest = most[before[looked]]
        while looked.size:
            recent = _are_recent(protocol, taken, at, last[looked])
            looked, at, highest = looked[recent], at[recent], highest[recent]
            steep = fell(percent, taken.e6[at], highest)
            measured_from[looked[steep]] = at[steep]
            highest = np.maximum(highest, most[at])
            more = at > first[looked]
            looked, at, highest = looked[more], at[more] - 1, highest[more]
    confirms = before.copy()
    known = np.flatnonzero(before != NOWHERE)
    old = ~_are_recent(protocol, taken, before[known], last[known])
    confirms[known[old]] = NOWHERE
    return Compared(before, measured_from, confirms)


def _are_recent(protocol: Protocol, taken: Counts, before: Column, last: Column) -> Column:
    days = np.timedelta64(protocol.previous_within_days, "D")
    found: Column = taken.on[last] - taken.on[before] <= days
    return found


def are_confirmed(protocol: Protocol, taken: Counts, first: Column, last: Column) -> Column:
    """Whether steps, each looked at as the last, are a confirmed finding: low, or a steep fall, as the one before."""
    beside = compared(protocol, taken, first, last)
    measured_from = pick(taken.e6, beside.measured_from, NONE)
    most = taken.highest_e6
    confirms = pick(taken.e6, beside.confirms, NONE), pick(most, beside.confirms, NONE)
    current = taken.e6[last], most[last]
    found = np.zeros(last.shape, dtype=bool)
    for rule in protocol.rules:
        if rule.when.confirmed:
            found |= fits(rule.when, measured_from, *confirms) & fits(rule.when, measured_from, *current)
    return found & (beside.confirms != NOWHERE)


def asks_for_a_smear(protocol: Protocol, taken: Counts, last: Column) -> Column:
    """Whether the tubes of the last days disagree, and those of no other day that is recent enough."""
    days = np.flatnonzero(taken.discordant)
    found = pick(taken.discordant, last, False)
    looked = np.flatnonzero(found)
    before = np.searchsorted(days, last[looked]) - 1
    place = np.where(before < 0, NOWHERE, days[before])
    known = place != NOWHERE
    known[known] = taken.patient[place[known]] == taken.patient[last[looked[known]]]
    known[known] = _are_recent(protocol, taken, place[known], last[looked[known]])
    found[looked[known]] = False
    return found


def confirmed_since(
    protocol: Protocol,
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

    most = taken.highest_e6

    def went_on(looked: Column, at: Column) -> Column:
        recent = _are_recent(protocol, taken, at, at + 1)
        return recent & fits(when, measured_from_e6[looked], taken.e6[at], most[at])

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
