"""Surveillance after alemtuzumab: what a count demands and by when, and when the next count is due.

Pure functions over one patient. Counts are exact integers in micro units of 10*9/L; a comparator has already
moved them by one micro unit. Days are dates. Every answer names its rule, whose lines and words are in the
programme's file (`published/alemtuzumab-belgian-2018.toml`).
"""

from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from itertools import count, pairwise, product
from math import inf

from adjudication.surveillance.protocol import (
    Advice,
    Bleeding,
    Cited,
    Condition,
    Counsel,
    Example,
    Programme,
    Rung,
)
from adjudication.surveillance.protocol_file import Fault, Lines, Unfit, parse

BELGIAN_2018 = "alemtuzumab-belgian-2018"


class Mode(StrEnum):
    """Whether counts are scheduled. Nobody is discharged: onset was seen long after the window."""

    IN_WINDOW = "in_window"
    SYMPTOM_DRIVEN = "symptom_driven"


class Standing(StrEnum):
    """How a patient stands to the schedule (DEF-SURV-03)."""

    NEVER_COUNTED = "never_counted"
    OVERDUE = "overdue"
    DUE = "due"
    DUE_SOON = "due_soon"
    NOT_DUE = "not_due"


@dataclass(frozen=True)
class Demand:
    """What one finding demands: the rung that decides, and the hours within which it must be done.

    `within_hours` is None where the monthly schedule says when. It can be earlier than the rung's own
    deadline: the earliest of all rungs that hold (READ-SURV-05).
    """

    rung: Rung
    within_hours: int | None


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
class Compared:
    """What `action` is asked with, in micro units.

    The last count and the clean one before it, however old; the count that a fall is measured from, with its day; and
    the one before the last where it is recent enough to be confirmed by it.
    """

    previous_e6: int | None
    measured_from_e6: int | None
    confirms_e6: int | None
    current_e6: int | None
    measured_from_on: date | None = None


@dataclass(frozen=True)
class Due:
    """A patient's place in the schedule. Overdue days count from `due_on`; it is None if nothing is owed."""

    mode: Mode
    standing: Standing
    window_ends_on: date
    due_on: date | None
    overdue_days: int


def add_months(day: date, months: int) -> date:
    """The same day `months` calendar months later, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def bleeding_of(programme: Programme, scale: str, grade: int) -> Bleeding:
    """What a graded bleed means to the ladder (DEF-SURV-04); an unknown scale is never mild."""
    if grade < programme.bleeding.from_grade:
        return Bleeding.NONE
    return Bleeding.MILD if grade <= programme.bleeding.mild_up_to.get(scale, -1) else Bleeding.ACTIVE


def _fell(percent: int, from_e6: int, to_e6: int) -> bool:
    return to_e6 < from_e6 and 100 * (from_e6 - to_e6) >= percent * from_e6


def _count_fits(when: Condition, previous_e6: int | None, count_e6: int | None) -> bool:
    if when.up_to_e6 is not None and (count_e6 is None or count_e6 > when.up_to_e6):
        return False
    if when.fall_percent is None:
        return True
    return (
        previous_e6 is not None and count_e6 is not None and _fell(when.fall_percent, previous_e6, count_e6)
    )


def _is_asked_again(when: Condition, confirms_e6: int | None) -> bool:
    """Whether what is asked once was asked of the count before too."""
    return (
        when.once_above_e6 is not None
        and when.up_to_e6 is not None
        and confirms_e6 is not None
        and when.once_above_e6 < confirms_e6 <= when.up_to_e6
    )


def _unjudged_fits(when: Condition, unjudged: bool, unjudged_e6: int | None) -> bool:
    if when.unjudged and not unjudged:
        return False
    limit = when.unjudged_up_to_e6
    return limit is None or (unjudged and unjudged_e6 is not None and unjudged_e6 <= limit)


def _holds(
    when: Condition,
    previous_e6: int | None,
    current_e6: int | None,
    bleeding: Bleeding,
    unjudged: bool = False,
    confirms_e6: int | None = None,
    *,
    unjudged_e6: int | None = None,
    uncounted: bool = False,
    answered: bool = False,
    in_window: bool = True,
) -> bool:
    if when.of_count and when.answered is not answered:
        return False
    if when.confirmed and (confirms_e6 is None or not _count_fits(when, previous_e6, confirms_e6)):
        return False
    return (
        _count_fits(when, previous_e6, current_e6)
        and not _is_asked_again(when, confirms_e6)
        and (not when.bleeding or bleeding in when.bleeding)
        and _unjudged_fits(when, unjudged, unjudged_e6)
        and (uncounted or not when.uncounted)
        and (in_window or not when.in_window)
    )


def action(
    programme: Programme,
    previous_e6: int | None,
    current_e6: int | None,
    bleeding: Bleeding,
    unjudged: bool = False,
    confirms_e6: int | None = None,
    *,
    unjudged_e6: int | None = None,
    uncounted: bool = False,
    answered: bool = False,
    in_window: bool = True,
) -> Demand:
    """The one action that a finding demands (Figure 3).

    `previous_e6` is the count that the last one, `current_e6`, is measured from, `confirms_e6` the one that it can
    confirm (see `compared`); None where there is none. `unjudged`: a specimen that cannot be judged came after it,
    which may mean no more than `unjudged_e6`: never a comfort. `uncounted`: a bleeding was referred before any count
    was taken. `answered`: what the last count showed was answered (`followup.answer`). `in_window`: counts are still
    scheduled. Lowering the count, or adding bleeding, never makes the demand less urgent.
    """
    held = [
        rung
        for rung in programme.rungs
        if _holds(
            rung.when,
            previous_e6,
            current_e6,
            bleeding,
            unjudged,
            confirms_e6,
            unjudged_e6=unjudged_e6,
            uncounted=uncounted,
            answered=answered,
            in_window=in_window,
        )
    ]
    hours = [rung.within_hours for rung in held if rung.within_hours is not None]
    return Demand(held[0], min(hours, default=None))


def advice(programme: Programme, current_e6: int | None, bleeding: Bleeding) -> Counsel | None:
    """Whether to treat (Figure 4), to be discussed with the hematologist; None without count and bleeding."""
    if current_e6 is None and bleeding is Bleeding.NONE:
        return None
    return next(counsel for counsel in programme.counsels if _holds(counsel.when, None, current_e6, bleeding))


def hemoglobin_is_shown(programme: Programme, previous_e6: int | None, current_e6: int) -> bool:
    """Whether a hemoglobin is worth a line of information; it never demands anything (READ-SURV-17).

    Both in micro units of g/L; `previous_e6` is the value before, None where there is none.
    """
    fell = previous_e6 is not None and previous_e6 - current_e6 >= programme.information.fall_e6
    return fell or current_e6 < programme.information.below_e6


def steps(counts: Sequence[Count]) -> list[Count]:
    """The clean counts as one looks at them, the first first: each specimen of a day on which all have their time,
    else the lowest of the day (READ-SURV-09).

    Of equal ones the earliest time stands.
    """
    days: dict[date, list[Count]] = {}
    for one in counts:
        days.setdefault(one.on, []).append(one)
    found = []
    for day in sorted(days):
        moments: dict[datetime | None, list[Count]] = {}
        timed = all(one.at is not None for one in days[day])
        for one in days[day]:
            moments.setdefault(one.at if timed else None, []).append(one)
        found += [
            _lowest(one) for _, one in sorted(moments.items(), key=lambda one: (one[0] is None, one[0]))
        ]
    return found


def _lowest(counts: Sequence[Count]) -> Count:
    e6 = min(one.e6 for one in counts)
    lowest = [one for one in counts if one.e6 == e6]
    return Count(
        counts[0].on,
        e6,
        min((one.at for one in lowest if one.at is not None), default=None),
        max(one.stored_in for one in counts),
    )


def compared(programme: Programme, counts: Sequence[Count]) -> Compared:
    """What the last of the clean `counts` is compared with (DEF-SURV-02, READ-SURV-09, READ-SURV-24)."""
    return compared_steps(programme, steps(counts))


def compared_steps(programme: Programme, taken: Sequence[Count]) -> Compared:
    """The same of what `steps` gives."""
    if not taken:
        return Compared(None, None, None, None)
    last, percent = taken[-1], programme.fall_percent
    if len(taken) == 1:
        return Compared(None, None, None, last.e6)
    before = len(taken) - 2
    fallen = (
        place
        for place, step in enumerate(taken[:before])
        if percent is not None
        and _is_recent(programme, step, last)
        and _fell(percent, step.e6, max(one.e6 for one in taken[place + 1 : -1]))
    )
    start = taken[next(fallen, before)]
    previous = taken[before]
    confirms = previous.e6 if _is_recent(programme, previous, last) else None
    return Compared(previous.e6, start.e6, confirms, last.e6, start.on)


def _is_recent(programme: Programme, before: Count, count: Count) -> bool:
    return count.on - before.on <= timedelta(programme.previous_within_days)


def is_confirmed(programme: Programme, taken: Sequence[Count]) -> bool:
    """Whether the last of these steps is a confirmed finding: low, or a steep fall, as the one before was."""
    found = compared_steps(programme, taken)
    return found.confirms_e6 is not None and any(
        rung.when.confirmed
        and _count_fits(rung.when, found.measured_from_e6, found.confirms_e6)
        and _count_fits(rung.when, found.measured_from_e6, found.current_e6)
        for rung in programme.rungs
    )


def fell_steeply(programme: Programme, before: Count, count: Count) -> bool:
    """Whether a rung calls the fall from one count to the next steep."""
    percent = programme.fall_percent
    return percent is not None and _fell(percent, before.e6, count.e6)


def confirmed_on(
    programme: Programme, when: Condition, counts: Sequence[Count], anew: int = 0
) -> Count | None:
    """The first count that confirmed what `when` asks of the last one; None where it is not confirmed (READ-SURV-25).

    From there the time runs, whatever was counted later: no further recheck puts off the contact. `anew` is the place
    of the step from which on the finding asks anew after an answer.
    """
    taken = steps(counts)
    found, run = compared_steps(programme, taken), [*taken[-1:]]
    for step in reversed(taken[:-1]):
        if not _is_recent(programme, step, run[-1]) or not _count_fits(when, found.measured_from_e6, step.e6):
            break
        run.append(step)
    if len(run) < 2 or not _count_fits(when, found.measured_from_e6, found.current_e6):
        return None
    return taken[max(len(taken) - len(run) + 1, anew)]


def began(programme: Programme, infusions: Sequence[tuple[date, date]]) -> tuple[date, date]:
    """The first infusion of those whose windows overlap up to the last one: its first and last day (READ-SURV-33).

    `infusions` are first and last days, at least one.
    """
    months = programme.schedule.months_after_last_infusion
    first, until = min(infusions), date.min
    for infusion in sorted(infusions):
        if until is not date.min and infusion[0] > until:
            first = infusion
        until = max(until, add_months(infusion[1], months))
    return first


def schedule(
    programme: Programme,
    last_infusion_on: date,
    last_count_on: date | None,
    as_of: date,
    first: tuple[date, date] | None = None,
) -> Due:
    """When the next count is due, seen on the day `as_of` (DEF-SURV-03, READ-SURV-06, READ-SURV-33).

    `last_infusion_on` is the last day of the last infusion begun by then, from which the window runs; `first` the first
    and last day of the first infusion whose window overlaps (see `began`), without it the last one. `last_count_on` is
    the day of the last clean count by then: a new infusion does not start its month again. After the window nothing is
    scheduled: testing follows symptoms.
    """
    plan = programme.schedule
    window_ends_on = add_months(last_infusion_on, plan.months_after_last_infusion)
    if as_of > window_ends_on:
        return Due(Mode.SYMPTOM_DRIVEN, Standing.NOT_DUE, window_ends_on, None, 0)
    anchor = month_from(first or (last_infusion_on, last_infusion_on), last_count_on)
    due_on = min(add_months(anchor, plan.every_months), window_ends_on)
    if anchor >= window_ends_on:
        return Due(Mode.IN_WINDOW, Standing.NOT_DUE, window_ends_on, None, 0)
    late = as_of - anchor > timedelta(plan.overdue_after_days)
    if late:
        standing = Standing.OVERDUE
    elif as_of >= due_on:
        standing = Standing.DUE
    elif due_on - as_of <= timedelta(plan.due_soon_within_days):
        standing = Standing.DUE_SOON
    else:
        standing = Standing.NOT_DUE
    if last_count_on is None:
        standing = Standing.NEVER_COUNTED
    return Due(Mode.IN_WINDOW, standing, window_ends_on, due_on, (as_of - due_on).days if late else 0)


def due_dates(programme: Programme, last_infusion_on: date) -> list[date]:
    """The days of the planned counts, from a month after the last infusion to the window's last day."""
    plan = programme.schedule
    months = range(plan.every_months, plan.months_after_last_infusion + 1, plan.every_months)
    return [add_months(last_infusion_on, month) for month in months]


def month_from(first: tuple[date, date], last_count_on: date | None) -> date:
    """From where the month to the next count runs: the last clean count of the programme, else its first infusion.

    `first` are the first and last day of that infusion.
    """
    return first[1] if last_count_on is None or last_count_on < first[0] else last_count_on


def coming_dates(
    programme: Programme,
    last_infusion_on: date,
    last_count_on: date | None,
    as_of: date,
    first: tuple[date, date] | None = None,
) -> list[date]:
    """The days on which counts are still owed, seen on the day `as_of`: the one that is due, then month by month.

    The last is the window's last day (READ-SURV-06). What is overdue stands first, although it has passed. Empty
    once the window has ended: then testing follows symptoms. The days are those of `schedule`.
    """
    due = schedule(programme, last_infusion_on, last_count_on, as_of, first)
    if due.due_on is None:
        return []
    every = programme.schedule.every_months
    anchor = month_from(first or (last_infusion_on, last_infusion_on), last_count_on)
    later = []
    for step in count(2):
        day = add_months(anchor, every * step)
        if day >= due.window_ends_on:
            break
        if day > as_of:
            later.append(day)
    return [due.due_on, *later, *([due.window_ends_on] if due.due_on < due.window_ends_on else [])]


@cache
def load(name: str = BELGIAN_2018) -> Programme:
    """A published programme by its id; its worked examples have been run.

    Raises Unfit for a file that is refused, and FileNotFoundError for an id that is not published.
    """
    return read(name, source(name))


@cache
def published_ids() -> tuple[str, ...]:
    """The ids of the published programmes, sorted."""
    names = (path.name for path in files("adjudication.published").iterdir() if path.name.endswith(".toml"))
    ids = (name.removesuffix(".toml") for name in names)
    return tuple(sorted(one for one in ids if 'kind = "surveillance"' in source(one)))


def source(name: str) -> str:
    """The text of a published programme's file. Raises FileNotFoundError for an id that is not published."""
    return (files("adjudication.published") / f"{name}.toml").read_text("utf-8")


@lru_cache(maxsize=64)
def read(name: str, text: str) -> Programme:
    """The programme in the TOML `text`, after everything that it must hold to was tried; `name` stands in errors.

    Raises Unfit with all faults: those of `programme_file.parse`, an example that does not come out, a rung that no
    example tries, and a ladder on which a lower count or more bleeding could be less urgent.
    """
    programme = parse(name, text)
    lines = Lines(text)
    found = [*_untrue(programme, lines), *_untried(programme, lines), *_calmer(programme)]
    if found:
        raise Unfit(name, found)
    return programme


def _worked(programme: Programme, one: Example) -> Demand:
    return action(
        programme,
        one.previous_e6,
        one.current_e6,
        one.bleeding,
        one.unjudged,
        one.confirms_e6,
        unjudged_e6=one.unjudged_e6,
        uncounted=one.uncounted,
        answered=one.answered,
        in_window=one.in_window,
    )


def _untrue(programme: Programme, lines: Lines) -> Iterator[Fault]:
    """Examples that do not come out as the file says."""
    for number, example in enumerate(programme.examples, 1):
        demand = _worked(programme, example)
        counsel = advice(programme, example.current_e6, example.bleeding)
        found: tuple[object, ...] = (demand.rung.action, demand.within_hours, counsel and counsel.advice)
        wanted = (example.action, example.within_hours, example.advice)
        wrong = [
            f"{want!s} wanted, {got!s} found"
            for want, got in zip(wanted, found, strict=True)
            if want is not None and want != got
        ]
        if wrong:
            place = f"example {example.title!r}"
            yield Fault(lines.of("example", number), place, "; ".join(wrong))


def _untried(programme: Programme, lines: Lines) -> Iterator[Fault]:
    """Rungs that decide no example: nobody has written down what they are for."""
    tried = {_worked(programme, one).rung.id for one in programme.examples}
    for number, rung in enumerate(programme.rungs, 1):
        if rung.id not in tried:
            yield Fault(
                lines.of("rung", number), f"rung {rung.id}", "no example tries it: add one that it decides"
            )


def _calmer(programme: Programme) -> Iterator[Fault]:
    """Where a lower count, or more bleeding, would be less urgent: each edge of the ladder from both sides."""
    place = {rung.id: number for number, rung in enumerate(programme.rungs)}
    edges = {rung.when.up_to_e6 for rung in programme.rungs if rung.when.up_to_e6 is not None}
    counts = sorted({0, 1_000_000_000, *edges, *(edge + 1 for edge in edges)})
    # A count that confirms is lowest at 0: where the ladder asks for none, without one says all.
    confirms = (None, 0) if any(rung.when.confirmed for rung in programme.rungs) else (None,)
    for previous, unjudged, confirm, answered in product(
        (None, *counts), (False, True), confirms, (False, True)
    ):
        urgent = {
            (current, bleeding): (
                place[demand.rung.id],
                inf if demand.within_hours is None else demand.within_hours,
            )
            for current, bleeding in product(counts, Bleeding)
            for demand in (
                action(programme, previous, current, bleeding, unjudged, confirm, answered=answered),
            )
        }
        worse = [((high, b), (low, b)) for low, high in pairwise(counts) for b in Bleeding]
        worse += [
            ((current, less), (current, more)) for current in counts for less, more in pairwise(Bleeding)
        ]
        for calm, grave in worse:
            if urgent[grave][0] > urgent[calm][0] or urgent[grave][1] > urgent[calm][1]:
                rung = programme.rungs[urgent[grave][0]].id
                yield Fault(None, f"rung {rung}", "a lower count or more bleeding would be less urgent here")
                return


__all__ = [
    "BELGIAN_2018",
    "Advice",
    "Bleeding",
    "Cited",
    "Compared",
    "Count",
    "Demand",
    "Due",
    "Mode",
    "Standing",
    "action",
    "add_months",
    "advice",
    "began",
    "bleeding_of",
    "coming_dates",
    "compared",
    "compared_steps",
    "confirmed_on",
    "due_dates",
    "fell_steeply",
    "hemoglobin_is_shown",
    "is_confirmed",
    "load",
    "month_from",
    "published_ids",
    "read",
    "schedule",
    "source",
    "steps",
]
