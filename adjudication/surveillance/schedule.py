"""When counts are due after alemtuzumab: a month after the last one, until the window after the last infusion ends.

Pure, over columns of days (numpy datetime64, NaT for no day), and the same over the days of one patient.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import count

import numpy as np

from adjudication.surveillance.counts import NEVER, Column
from adjudication.surveillance.protocol import Protocol


class Mode(StrEnum):
    """Whether counts are scheduled. Nobody is discharged: onset was seen long after the window."""

    IN_WINDOW = "in_window"
    SYMPTOM_DRIVEN = "symptom_driven"


class Standing(StrEnum):
    """Where a patient is in the schedule (DEF-SURV-03)."""

    NEVER_COUNTED = "never_counted"
    OVERDUE = "overdue"
    DUE = "due"
    DUE_SOON = "due_soon"
    NOT_DUE = "not_due"


@dataclass(frozen=True)
class Due:
    """A patient's place in the schedule. Overdue days count from `due_on`; it is None if nothing is owed."""

    mode: Mode
    standing: Standing
    window_ends_on: date
    due_on: date | None
    overdue_days: int


@dataclass(frozen=True)
class Infusions:
    """Infusions in columns, those of one patient together: the patient's place from 0, the first and the last day."""

    patient: Column
    on: Column
    ended_on: Column


@dataclass(frozen=True)
class Cycle:
    """What the schedule of each patient runs from.

    `first_on` is the first day of the first infusion ever, `last_on` the last day of the last one. `began_on` and
    `began_until` are the first and the last day of the first infusion of those whose windows overlap up to the last.
    """

    first_on: Column
    last_on: Column
    began_on: Column
    began_until: Column


@dataclass(frozen=True)
class Dues:
    """The places of patients in the schedule, in columns.

    `month_from_on` is the day from which the month to the next count runs; `due_on` is NaT where nothing is owed;
    `late_days` are 0 until the count is overdue.
    """

    in_window: Column
    window_ends_on: Column
    month_from_on: Column
    due_on: Column
    late_days: Column


def months_later(days: Column, months: int) -> Column:
    """The same day `months` calendar months later, or that month's last day where it is shorter."""
    month = days.astype("M8[M]")
    then = month + months
    last_day = (then + 1).astype("M8[D]") - 1
    found: Column = np.minimum(then.astype("M8[D]") + (days - month.astype("M8[D]")), last_day)
    return found


def add_months(day: date, months: int) -> date:
    """`months_later` for one day."""
    found: date = months_later(np.array(day, dtype="M8[D]"), months).item()
    return found


def cycles(protocol: Protocol, infusions: Infusions) -> Cycle:
    """From what the schedule of each patient runs (READ-SURV-33); every patient has an infusion at least."""
    order = np.lexsort((infusions.ended_on, infusions.on, infusions.patient))
    patient, on, ended_on = (one[order] for one in (infusions.patient, infusions.on, infusions.ended_on))
    starts = np.flatnonzero(np.append(True, patient[1:] != patient[:-1]) if patient.size else [])
    if not starts.size:
        return Cycle(*(np.array([], dtype="M8[D]") for _ in range(4)))
    # The latest end of a window so far, of one patient: the patients lie too far apart to mix.
    until = months_later(ended_on, protocol.schedule.months_after_last_infusion).astype(np.int64)
    latest = (
        np.maximum.accumulate(until + patient.astype(np.int64) * 2**32) - patient.astype(np.int64) * 2**32
    )
    anew = np.append(True, on[1:].astype(np.int64) > latest[:-1])
    anew[starts] = True
    began = np.maximum.reduceat(np.where(anew, np.arange(on.size), 0), starts)
    return Cycle(on[starts], np.maximum.reduceat(ended_on, starts), on[began], ended_on[began])


def dues(protocol: Protocol, cycle: Cycle, counted_on: Column, as_of: date) -> Dues:
    """When the next counts are due, seen on the day `as_of` (DEF-SURV-03, READ-SURV-06, READ-SURV-33).

    `counted_on` are the days of the last clean counts by then, NaT without one: a new infusion does not start its month
    again. After the window nothing is scheduled: testing follows symptoms.
    """
    plan, today = protocol.schedule, np.datetime64(as_of, "D")
    window_ends_on = months_later(cycle.last_on, plan.months_after_last_infusion)
    in_window = today <= window_ends_on
    month_from_on = np.where(counted_on >= cycle.began_on, counted_on, cycle.began_until)
    owed = in_window & (month_from_on < window_ends_on)
    due_on = np.where(owed, np.minimum(months_later(month_from_on, plan.every_months), window_ends_on), NEVER)
    late = owed & (today - month_from_on > np.timedelta64(plan.overdue_after_days, "D"))
    days = np.where(late, today - due_on, np.timedelta64(0, "D")).astype(np.int64)
    return Dues(in_window, window_ends_on, month_from_on, due_on, days)


def schedule(
    protocol: Protocol,
    last_infusion_on: date,
    last_count_on: date | None,
    as_of: date,
    first: tuple[date, date] | None = None,
) -> Due:
    """`dues` for one patient.

    `last_infusion_on` is the last day of the last infusion begun by then, from which the window runs; `first` the first
    and last day of the first infusion whose window overlaps (see `cycles`), without it the last one.
    """
    found, counted_on = _of_one(protocol, last_infusion_on, last_count_on, as_of, first)
    due_on: date | None = found.due_on[0].item()
    late_days = int(found.late_days[0])
    if not found.in_window[0] or due_on is None:
        standing = Standing.NOT_DUE
    elif np.isnat(counted_on[0]):
        standing = Standing.NEVER_COUNTED
    elif late_days:
        standing = Standing.OVERDUE
    elif as_of >= due_on:
        standing = Standing.DUE
    elif (due_on - as_of).days <= protocol.schedule.due_soon_within_days:
        standing = Standing.DUE_SOON
    else:
        standing = Standing.NOT_DUE
    mode = Mode.IN_WINDOW if found.in_window[0] else Mode.SYMPTOM_DRIVEN
    return Due(mode, standing, found.window_ends_on[0].item(), due_on, late_days)


def coming_dates(
    protocol: Protocol,
    last_infusion_on: date,
    last_count_on: date | None,
    as_of: date,
    first: tuple[date, date] | None = None,
) -> list[date]:
    """The days on which counts are still owed, seen on the day `as_of`: the one that is due, then month by month.

    The last is the window's last day (READ-SURV-06). What is overdue comes first, although it has passed. Empty
    once the window has ended: then testing follows symptoms. The days are those of `schedule`.
    """
    found, _ = _of_one(protocol, last_infusion_on, last_count_on, as_of, first)
    due_on: date | None = found.due_on[0].item()
    if due_on is None:
        return []
    ends_on: date = found.window_ends_on[0].item()
    later = list(_later(protocol, found.month_from_on[0].item(), as_of, ends_on))
    return [due_on, *later, *([ends_on] if due_on < ends_on else [])]


def _later(protocol: Protocol, month_from_on: date, as_of: date, ends_on: date) -> Iterator[date]:
    """The monthly days after the one that is due, after `as_of` and before the window ends."""
    every = protocol.schedule.every_months
    for step in count(2):
        day = add_months(month_from_on, every * step)
        if day >= ends_on:
            return
        if day > as_of:
            yield day


def _of_one(
    protocol: Protocol,
    last_infusion_on: date,
    last_count_on: date | None,
    as_of: date,
    first: tuple[date, date] | None,
) -> tuple[Dues, Column]:
    last_on = np.array([last_infusion_on], dtype="M8[D]")
    began = last_on, last_on
    if first is not None:
        began = np.array([first[0]], dtype="M8[D]"), np.array([first[1]], dtype="M8[D]")
    counted_on = np.array([last_count_on], dtype="M8[D]")
    return dues(protocol, Cycle(began[0], last_on, *began), counted_on, as_of), counted_on
