"""The judge of surveillance: what is asked of each patient on one day, from the facts known by then.

The one place where the rules of counts, bleeds, outcomes and schedule come together, for the worklist and all that is
made of it. Pure, over columns: patients are numbered from 0, and one is judged by the same lines as fifty thousand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import numpy as np

from adjudication.surveillance.bleeds import Bled, Present, present
from adjudication.surveillance.counts import (
    NEVER,
    NONE,
    NOWHERE,
    Column,
    Counts,
    are_confirmed,
    asks_for_a_smear,
    compared,
    confirmed_since,
    fell,
    pick,
)
from adjudication.surveillance.follow_up import Answer, Done, FollowUp, answer, escalated, follow_up
from adjudication.surveillance.ladder import NO_HOURS, Demands, Findings, advised, demanded
from adjudication.surveillance.protocol import Bleeding, Protocol, Rule
from adjudication.surveillance.schedule import Cycle, Dues, Infusions, cycles, dues

NO_TIME = np.datetime64("NaT", "us")
DAY = np.timedelta64(1, "D")


@dataclass(frozen=True)
class Specimens:
    """Specimens that cannot be judged, in columns, those of one patient in the order of their days and times.

    A time that is not known goes first. `means_e6` is the least that one may mean in micro units (NONE: no number), and
    `clumped` whether it was clumped; both are asked only of those after the last clean count (`since_last`).
    """

    patient: Column
    on: Column
    at: Column
    stored_in: Column
    means_e6: Column
    clumped: Column


@dataclass(frozen=True)
class Facts:
    """What is known of so many patients by the day asked.

    `taken` is what `counts.steps` makes of their clean counts (see `looked_at`), `bleeds` and `done` those of the
    patients who have any, the outcomes in the order in which they were recorded.
    """

    patients: int
    infusions: Infusions
    taken: Counts
    unjudged: Specimens
    bleeds: Mapping[int, Sequence[Bled]]
    done: Mapping[int, Sequence[Done]]


@dataclass(frozen=True)
class Judged:
    """What is asked of each patient, in columns by the patients' numbers.

    `last`, `before` and `measured_from` are places among the steps, the last one NOWHERE where the last count has not
    fallen steeply; `newest` is the place of the newest specimen since the last count that cannot be judged,
    `discordant` tells whether the tubes of the last count's day disagree. `rule` and `advice` are places in the
    protocol (-1: no advice), `within_hours` hours (NO_HOURS: only the schedule says when). `due_on` is the earliest
    day, of the schedule and of what is demanded, `act_by` the first moment at which that comes too late; NaT where
    there is none. `scheduled`: nothing but the schedule asks. `settled`: besides, what the last count showed was
    answered. `bled`, `answers` and `followed` hold the patients who have any.
    """

    cycle: Cycle
    dues: Dues
    last: Column
    before: Column
    measured_from: Column
    newest: Column
    clumped: Column
    discordant: Column
    rule: Column
    within_hours: Column
    scheduled: Column
    advice: Column
    due_on: Column
    overdue_days: Column
    act_by: Column
    settled: Column
    removed: Column
    escalated: Column
    found_on: Column
    counted_before: Column
    bled: Mapping[int, Present]
    answers: Mapping[int, Answer]
    followed: Mapping[int, FollowUp]


def looked_at(protocol: Protocol, first_infusion_on: Column, on: Column) -> Column:
    """Whether specimens of these days are looked at: from so many days before the first infusion on (READ-SURV-09)."""
    found: Column = on >= first_infusion_on - np.timedelta64(protocol.previous_within_days, "D")
    return found


def since_last(patients: int, taken: Counts, patient: Column, on: Column) -> Column:
    """Whether specimens that cannot be judged came after the last clean count of their patient, or he has none."""
    _, last = taken.bounds(patients)
    counted_on = pick(taken.on, last, NEVER)[patient]
    found: Column = np.isnat(counted_on) | (on > counted_on)
    return found


def judge(protocol: Protocol, facts: Facts, as_of: date, now: datetime) -> Judged:
    """What the protocol asks of each patient on the day `as_of`; deadlines are looked at at the moment `now`.

    The facts are those known by that day, `now` is by the clock on the wall. Every patient has an infusion at least.
    """
    taken, today = facts.taken, np.datetime64(as_of, "D")
    first, last = taken.bounds(facts.patients)
    counted_on = pick(taken.on, last, NEVER)
    cycle = cycles(protocol, facts.infusions)
    plan = dues(protocol, cycle, counted_on, as_of)
    beside = compared(protocol, taken, first, last)
    most, measured_e6 = taken.highest_e6, pick(taken.e6, beside.measured_from, NONE)
    highest = pick(most, last, NONE)
    waiting = _Unjudged(facts)
    bled = _bled(protocol, facts, first, last, cycle, as_of)
    answers = _answers(protocol, facts, first, last)
    about = _of(
        answers,
        [int(first[patient]) + one.about for patient, one in answers.items()],
        facts.patients,
        NOWHERE,
    )
    found = Findings(
        measured_from_e6=measured_e6,
        current_e6=pick(taken.e6, last, NONE),
        current_highest_e6=highest,
        confirms_e6=pick(taken.e6, beside.confirms, NONE),
        confirms_highest_e6=pick(most, beside.confirms, NONE),
        bleeding=_of(bled, [int(one.bleeding) for one in bled.values()], facts.patients, int(Bleeding.NONE)),
        unjudged=waiting.newest != NOWHERE,
        unjudged_e6=waiting.least_e6,
        uncounted=~np.isnat(_of(bled, [one.uncounted_on for one in bled.values()], facts.patients, NEVER)),
        answered=_of(answers, [one.holds for one in answers.values()], facts.patients, False),
        in_window=plan.in_window,
        discordant=asks_for_a_smear(protocol, taken, last) & (about != last),
    )
    demands = demanded(protocol, found)
    asked_on, act_by = _asked(protocol, facts, demands, plan, (first, last), found, bled, answers, waiting)
    scheduled = np.array([rule.within_hours is None for rule in protocol.rules])[demands.rule]
    steep = np.zeros(last.shape, dtype=bool)
    if protocol.fall_percent is not None:
        steep = fell(protocol.fall_percent, measured_e6, highest)
    found_on, found_in = _found(protocol, facts, counted_on, bled)
    followed = {
        patient: follow_up(
            protocol,
            acts,
            as_of=as_of,
            found_on=found_on[patient].item(),
            found_in=int(found_in[patient]),
            infused_on=cycle.last_on[patient].item(),
        )
        for patient, acts in facts.done.items()
    }
    removed = _of(followed, [one.removed for one in followed.values()], facts.patients, False)
    late = np.where(np.isnat(asked_on), np.timedelta64(0, "D"), today - asked_on).astype(np.int64)
    return Judged(
        cycle=cycle,
        dues=plan,
        last=last,
        before=beside.before,
        measured_from=np.where(steep, beside.measured_from, NOWHERE),
        newest=waiting.newest,
        clumped=waiting.clumped,
        discordant=pick(taken.discordant, last, False),
        rule=demands.rule,
        within_hours=demands.within_hours,
        scheduled=scheduled,
        advice=advised(protocol, found),
        due_on=np.fmin(asked_on, plan.due_on),
        overdue_days=np.maximum(np.maximum(late, plan.late_days), 0),
        act_by=act_by,
        settled=found.answered & scheduled,
        removed=removed,
        escalated=escalated(act_by, removed, now),
        found_on=found_on,
        counted_before=pick(taken.on, np.where(last == NOWHERE, NOWHERE, first), NEVER) <= cycle.first_on,
        bled=bled,
        answers=answers,
        followed=followed,
    )


def _of(patients: Mapping[int, object], values: Sequence[object], number: int, none: object) -> Column:
    """A column of all patients from the values of some, in the order of the mapping."""
    found = np.full(number, none)
    if patients:
        found[list(patients)] = np.array(values, dtype=found.dtype)
    return found


class _Unjudged:
    """What the specimens since the last clean count that cannot be judged mean for each patient.

    `newest` is the place of the newest, `least_e6` the gravest that one may mean, `clumped` whether one was clumped.
    """

    def __init__(self, facts: Facts) -> None:
        """`facts` are those of the judge."""
        rows = facts.unjudged
        self._rows, self._number = rows, facts.patients
        self._since = np.flatnonzero(since_last(facts.patients, facts.taken, rows.patient, rows.on))
        patient, means = rows.patient[self._since], rows.means_e6[self._since]
        self.newest = np.full(facts.patients, NOWHERE)
        self.newest[patient] = self._since
        most = np.iinfo(np.int64).max
        least = np.full(facts.patients, most)
        np.minimum.at(least, patient, np.where(means == NONE, most, means))
        self.least_e6 = np.where(least == most, NONE, least)
        self.clumped = np.zeros(facts.patients, dtype=bool)
        self.clumped[patient[rows.clumped[self._since]]] = True

    def first(self, up_to_e6: int | None) -> tuple[Column, Column]:
        """Day and time of each patient's first such specimen that may mean no more than a limit, if there is one."""
        rows, since = self._rows, self._since
        if up_to_e6 is not None:
            means = rows.means_e6[since]
            since = since[(means != NONE) & (means <= up_to_e6)]
        # The first last, which stays; of a day those without a time after the others.
        since = since[np.lexsort((rows.at[since], rows.on[since]))][::-1]
        on, at = np.full(self._number, NEVER), np.full(self._number, NO_TIME)
        on[rows.patient[since]], at[rows.patient[since]] = rows.on[since], rows.at[since]
        return on, at


def _bled(
    protocol: Protocol, facts: Facts, first: Column, last: Column, cycle: Cycle, as_of: date
) -> dict[int, Present]:
    """Which bleeds of the patients who bled are present."""
    settle = protocol.outcomes.settle
    found = {}
    for patient, bleeds in facts.bleeds.items():
        referrals = [(act.on, act.said_in) for act in facts.done.get(patient, ()) if act.outcome in settle]
        steps = facts.taken.of(int(first[patient]), int(last[patient]))
        infused_on = cycle.first_on[patient].item()
        found[patient] = present(protocol, bleeds, steps, referrals, infused_on, as_of)
    return found


def _answers(protocol: Protocol, facts: Facts, first: Column, last: Column) -> dict[int, Answer]:
    """What was answered of those about whom something was done."""
    answered = protocol.outcomes.settle | protocol.outcomes.settle_confirmed
    asked = [
        patient
        for patient, acts in facts.done.items()
        if last[patient] != NOWHERE and any(act.outcome in answered for act in acts)
    ]
    found = {}
    for patient in asked:
        places = np.arange(first[patient], last[patient] + 1)
        confirmed = are_confirmed(protocol, facts.taken, np.full(places.shape, first[patient]), places)
        steps = facts.taken.of(int(first[patient]), int(last[patient]))
        one = answer(protocol, steps, facts.done[patient], confirmed.tolist())
        if one is not None:
            found[patient] = one
    return found


def _asked(
    protocol: Protocol,
    facts: Facts,
    demands: Demands,
    plan: Dues,
    ends: tuple[Column, Column],
    found: Findings,
    bled: Mapping[int, Present],
    answers: Mapping[int, Answer],
    waiting: _Unjudged,
) -> tuple[Column, Column]:
    """By which day, and before which moment, the rules that hold ask for something at the latest (READ-SURV-18)."""
    number, (first, last) = facts.patients, ends
    asked_on, act_by = np.full(number, NEVER), np.full(number, NO_TIME)
    since = _of(bled, [one.since for one in bled.values()], number, NEVER)
    uncounted_on = _of(bled, [one.uncounted_on for one in bled.values()], number, NEVER)
    counted_on, counted_at = pick(facts.taken.on, last, NEVER), pick(facts.taken.at, last, NO_TIME)
    counted_on = np.where(last == NOWHERE, plan.month_from_on, counted_on)
    anew = np.zeros(number, dtype=np.int64)
    for patient, one in answers.items():
        anew[patient] = first[patient] + (one.anew or 0)

    def from_when(rule: Rule, held: Column) -> tuple[Column, Column]:
        """Day and time from which the rule asks; NaT for a time that is not known."""
        when, no_time = rule.when, np.full(held.shape, NO_TIME)
        if when.confirmed:
            measured_e6 = found.measured_from_e6[held]
            place = confirmed_since(protocol, when, facts.taken, first[held], last[held], measured_e6)
            place = np.maximum(place, anew[held])
            return facts.taken.on[place], facts.taken.at[place]
        if when.of_unjudged:
            on, at = waiting.first(when.unjudged_up_to_e6)
            return on[held], at[held]
        if when.uncounted:
            return uncounted_on[held], no_time
        if when.bleeding and Bleeding.NONE not in when.bleeding:
            # A bleeding that is there, not its absence, gives the day.
            return since[held], no_time
        return counted_on[held], counted_at[held]

    for rule, holds in zip(protocol.rules, demands.held, strict=True):
        held = np.flatnonzero(holds)
        if rule.within_hours is None or not held.size:
            continue
        on, at = from_when(rule, held)
        asked_on[held] = np.fmin(asked_on[held], on + rule.within_hours // 24 * DAY)
        # What is to be done now may be done until the day of the finding has ended.
        at = np.where(np.isnat(at) | (rule.within_hours == 0), (on + DAY).astype("M8[us]"), at)
        act_by[held] = np.fmin(act_by[held], at + np.timedelta64(rule.within_hours, "h"))
    return asked_on, act_by


def _found(
    protocol: Protocol, facts: Facts, counted_on: Column, bled: Mapping[int, Present]
) -> tuple[Column, Column]:
    """The day of the last finding of each patient, and the change that stored the last of what it consists of."""
    days = np.timedelta64(protocol.previous_within_days, "D")
    found_on, found_in = counted_on.copy(), np.zeros(facts.patients, dtype=np.int64)
    for rows in (facts.taken, facts.unjudged):
        counted = counted_on[rows.patient]
        recent = np.isnat(counted) | (rows.on >= counted - days)
        np.fmax.at(found_on, rows.patient[recent], rows.on[recent])
        np.maximum.at(found_in, rows.patient[recent], rows.stored_in[recent])
    for patient, one in bled.items():
        if one.last_on is not None:
            found_on[patient] = np.fmax(found_on[patient], np.datetime64(one.last_on, "D"))
        found_in[patient] = max([found_in[patient], *(each.stored_in for each in one.named)])
    return found_on, found_in


__all__ = [
    "NO_HOURS",
    "NO_TIME",
    "Facts",
    "Judged",
    "Specimens",
    "judge",
    "looked_at",
    "since_last",
]
