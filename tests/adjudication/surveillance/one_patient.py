"""The columns of surveillance asked about one patient, in dates and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import NamedTuple

import numpy as np

from adjudication.day_values import EDTA
from adjudication.surveillance import counts as columns
from adjudication.surveillance import follow_up, judge, schedule
from adjudication.surveillance.bleeds import Bled
from adjudication.surveillance.counts import NONE, NOWHERE, Column, Count, Counts
from adjudication.surveillance.follow_up import Answer, Done
from adjudication.surveillance.ladder import load
from adjudication.surveillance.protocol import Condition, Protocol


class Compared(NamedTuple):
    """What the last count is compared with, in micro units; None where there is none."""

    previous_e6: int | None
    measured_from_e6: int | None
    confirms_e6: int | None
    current_e6: int | None


def columns_of(patients: Sequence[Sequence[Count]]) -> Counts:
    """The clean counts of several patients, in the order of their days."""
    rows = [
        (number, one.on, one.at, one.e6, one.more_e6, one.stored_in, getattr(one, "tube", EDTA))
        for number, counts in enumerate(patients)
        for one in sorted(counts, key=lambda one: one.on)
    ]
    patient, on, at, e6, more_e6, stored_in, tube = zip(*rows, strict=True) if rows else ((),) * 7
    return Counts(
        np.array(patient, dtype=np.int64),
        np.array(on, dtype="M8[D]"),
        np.array(at, dtype="M8[us]"),
        np.array(e6, dtype=np.int64),
        np.array(more_e6, dtype=np.int64),
        np.array(stored_in, dtype=np.int64),
        np.zeros(len(rows), dtype=np.int8),
        np.array(tube, dtype=np.int8),
        np.zeros(len(rows), dtype=bool),
    )


@dataclass(frozen=True)
class InTube(Count):
    """A count with its tube."""

    tube: int = EDTA


def starts_of(patients: Sequence[Sequence[date]]) -> Column:
    """The days on which courses of several patients start, as the judge asks for them."""
    keys = [(number, day) for number, days in enumerate(patients) for day in days]
    patient, on = zip(*keys, strict=True) if keys else ((),) * 2
    return columns.day_key(np.array(patient, dtype=np.int64), np.array(on, dtype="M8[D]"))


def taken_of(protocol: Protocol, counts: Sequence[Count], starts: Sequence[date] = ()) -> Counts:
    """The clean counts of one patient as one looks at them, in columns."""
    return columns.steps(protocol, columns_of([counts]), starts_of([starts]))


def steps(counts: Sequence[Count], starts: Sequence[date] = ()) -> list[Count]:
    """The clean counts as one looks at them by the published protocol, the first first."""
    taken = taken_of(load(), counts, starts)
    return taken.of(0, taken.patient.size - 1)


def _ends(taken: Counts) -> tuple[Column, Column]:
    return taken.bounds(1)


def compared(protocol: Protocol, counts: Sequence[Count]) -> Compared:
    """What the last of the clean counts is compared with."""
    taken = taken_of(protocol, counts)
    first, last = _ends(taken)
    found = columns.compared(protocol, taken, first, last)
    places = (found.before, found.measured_from, found.confirms, last)
    values = [columns.pick(taken.e6, place, NONE).tolist()[0] for place in places]
    return Compared(*(None if value == NONE else value for value in values))


def confirmed_on(protocol: Protocol, when: Condition, counts: Sequence[Count], anew: int = 0) -> Count | None:
    """The first count that confirmed what `when` asks of the last one; None where it is not confirmed."""
    taken = taken_of(protocol, counts)
    first, last = _ends(taken)
    beside = columns.compared(protocol, taken, first, last)
    measured = columns.pick(taken.e6, beside.measured_from, NONE)
    if last[0] == NOWHERE or not columns.fits(when, measured, taken.e6[last], taken.highest_e6[last]).all():
        return None
    place = columns.confirmed_since(protocol, when, taken, first, last, measured)[0]
    return None if place > last[0] else taken.of(0, int(last[0]))[max(place, anew)]


def answer(protocol: Protocol, counts: Sequence[Count], outcomes: Sequence[Done]) -> Answer | None:
    """The last answer to what the counts showed; None where nothing was answered."""
    taken = taken_of(protocol, counts)
    places = np.arange(taken.patient.size)
    confirmed = columns.are_confirmed(protocol, taken, np.zeros_like(places), places)
    return follow_up.answer(protocol, taken.of(0, places.size - 1), outcomes, confirmed.tolist())


def infusions_of(patients: Sequence[Sequence[tuple[date, date]]]) -> schedule.Infusions:
    """The infusions of several patients as first and last days."""
    rows = [(number, *days) for number, infusions in enumerate(patients) for days in infusions]
    patient, on, ended_on = zip(*rows, strict=True)
    return schedule.Infusions(
        np.array(patient, dtype=np.int64), np.array(on, dtype="M8[D]"), np.array(ended_on, dtype="M8[D]")
    )


def began(protocol: Protocol, infusions: Sequence[tuple[date, date]]) -> tuple[date, date]:
    """The first infusion of those whose windows overlap up to the last one: its first and last day."""
    found = schedule.cycles(protocol, infusions_of([infusions]))
    return found.began_on.tolist()[0], found.began_until.tolist()[0]


class Specimen(NamedTuple):
    """One that cannot be judged: its day, its time, the least that it may mean, as the laboratory wrote it."""

    on: date
    at: datetime | None
    means_e6: int | None
    words: str = ""
    stored_in: int = 0
    clumped: bool = False


def specimens_of(patients: Sequence[Sequence[Specimen]]) -> judge.Specimens:
    """The specimens that cannot be judged of several patients."""
    rows = [
        (number, one.on, one.at, one.stored_in, NONE if one.means_e6 is None else one.means_e6, one.clumped)
        for number, specimens in enumerate(patients)
        for one in sorted(specimens, key=_by_time)
    ]
    patient, on, at, stored_in, means, clumped = zip(*rows, strict=True) if rows else ((),) * 6
    return judge.Specimens(
        np.array(patient, dtype=np.int64),
        np.array(on, dtype="M8[D]"),
        np.array(at, dtype="M8[us]"),
        np.array(stored_in, dtype=np.int64),
        np.array(means, dtype=np.int64),
        np.array(clumped, dtype=bool),
    )


def _by_time(one: Specimen) -> tuple[date, bool, datetime]:
    return one.on, one.at is not None, one.at or datetime.combine(one.on, time())


def facts_of(
    infusions: Sequence[tuple[date, date]],
    counts: Sequence[Count] = (),
    unjudged: Sequence[Specimen] = (),
    bleeds: Sequence[Bled] = (),
    done: Sequence[Done] = (),
    starts: Sequence[date] = (),
) -> judge.Facts:
    """The facts of one patient, as the judge asks for them."""
    return judge.Facts(
        1,
        infusions_of([infusions]),
        taken_of(load(), counts, starts),
        specimens_of([unjudged]),
        {0: bleeds} if bleeds else {},
        {0: done} if done else {},
    )


__all__ = ["answer", "began", "compared", "confirmed_on", "facts_of", "replace", "steps"]
