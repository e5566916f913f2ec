"""What the worklist asks of one patient, written the long way round from the plain rules, for the judge to match."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from adjudication.surveillance.bleeds import Bled
from adjudication.surveillance.counts import Count
from adjudication.surveillance.follow_up import Done
from adjudication.surveillance.ladder import Demand, load
from adjudication.surveillance.protocol import Bleeding, Protocol, Rule
from adjudication.surveillance.schedule import Mode
from tests.adjudication.surveillance import plain as ladder
from tests.adjudication.surveillance.one_patient import Specimen
from tests.adjudication.surveillance.plain import answer, present

PROTOCOL = load()


@dataclass(frozen=True)
class Patient:
    """What is known of a patient; infusions are first and last days, `starts` the days on which courses start."""

    infusions: Sequence[tuple[date, date]]
    counts: Sequence[Count] = ()
    unjudged: Sequence[Specimen] = ()
    bleeds: Sequence[Bled] = ()
    done: Sequence[Done] = ()
    starts: Sequence[date] = ()
    protocol: Protocol = field(default=PROTOCOL)


def stands(patient: Patient, as_of: date) -> dict[str, Any]:
    """The row of the worklist, without its words."""
    protocol = patient.protocol
    infusions = [each for each in patient.infusions if each[0] <= as_of]
    first_on, last_on = min(each[0] for each in infusions), max(each[1] for each in infusions)
    since = first_on - timedelta(protocol.previous_within_days)
    counts = [count for count in patient.counts if since <= count.on <= as_of]
    done = [act for act in patient.done if act.on <= as_of]
    taken = ladder.steps(protocol, counts, patient.starts)
    counted_on = taken[-1].on if taken else None
    unjudged = [
        each
        for each in patient.unjudged
        if since <= each.on <= as_of and (counted_on is None or each.on > counted_on)
    ]
    referrals = [(act.on, act.said_in) for act in done if act.outcome in protocol.outcomes.settle]
    bled = present(protocol, patient.bleeds, taken, referrals, first_on, as_of)
    answered = answer(protocol, taken, done)
    found = ladder.compared(protocol, taken)
    first = ladder.began(protocol, infusions)
    due = ladder.schedule(protocol, last_on, counted_on, as_of, first)
    facts: dict[str, Any] = {
        "unjudged_e6": min((each.means_e6 for each in unjudged if each.means_e6 is not None), default=None),
        "uncounted": bled.uncounted_on is not None,
        "answered": answered is not None and answered.holds,
        "in_window": due.mode is Mode.IN_WINDOW,
        "discordant": ladder.asks_for_a_smear(protocol, taken)
        and (answered is None or answered.about != len(taken) - 1),
        "current_highest_e6": found.current_highest_e6,
        "confirms_highest_e6": found.confirms_highest_e6,
    }

    def demand(rules: Protocol) -> Demand:
        return ladder.action(
            rules,
            found.measured_from_e6,
            found.current_e6,
            bled.bleeding,
            bool(unjudged),
            found.confirms_e6,
            **facts,
        )

    times: list[tuple[date, datetime]] = []
    for rule in protocol.rules:
        alone = replace(protocol, rules=(replace(rule, id="asked"), protocol.rules[-1]))
        if rule.within_hours is None or demand(alone).rule.id != "asked":
            continue
        day, at = _from(rule, taken, unjudged, bled.since, bled.uncounted_on, first)
        if rule.when.confirmed:
            anew = answered.anew if answered is not None and answered.anew is not None else 0
            step = ladder.confirmed_on(protocol, rule.when, taken, anew)
            assert step is not None
            day, at = step.on, step.at
        if rule.within_hours == 0 or at is None:
            at = datetime.combine(day + timedelta(1), time())
        hours = timedelta(hours=rule.within_hours)
        times.append((day + hours, at + hours))
    decides = demand(protocol)
    advice_rule = ladder.advice(protocol, found.current_e6, bled.bleeding)
    idle = decides.rule.within_hours is None and due.mode is Mode.SYMPTOM_DRIVEN
    newest = max(
        enumerate(unjudged),
        key=lambda each: (each[1].on, each[1].at or datetime.combine(date.min, time()), each[0]),
        default=None,
    )
    days = [day for day, _ in times]
    return {
        "mode": due.mode,
        "last_infusion_on": last_on,
        "window_ends_on": due.window_ends_on,
        "last_count_on": counted_on,
        "last_count": found.current_e6,
        "previous_count": found.previous_e6,
        "due_on": min([*days, *([due.due_on] if due.due_on else [])], default=None),
        "overdue_days": max(due.overdue_days, *((as_of - day).days for day in days), 0),
        "action": None if idle else decides.rule.action,
        "treatment_advice": advice_rule and advice_rule.advice,
        "act_by": min((act_by for _, act_by in times), default=None),
        "within_hours": decides.within_hours,
        "demand": decides.rule.id if decides.rule.within_hours is not None else None,
        "bleeding_since": bled.since or bled.asked_since,
        "unjudged_on": newest[1].on if newest else counted_on if taken and taken[-1].discordant else None,
        "unjudged": newest[1].words if newest else None,
        "discordant": bool(taken) and taken[-1].discordant,
        "answered_on": answered.by.on if answered is not None and answered.holds else None,
        "settled": facts["answered"] and decides.rule.within_hours is None,
    }


def _from(
    rule: Rule,
    taken: Sequence[Count],
    unjudged: Sequence[Specimen],
    bleeding_on: date | None,
    uncounted_on: date | None,
    first: tuple[date, date],
) -> tuple[date, datetime | None]:
    """From which day, and time, a rule that is not of a confirmed count asks."""
    if rule.when.of_unjudged:
        limit = rule.when.unjudged_up_to_e6
        grave = [
            each
            for each in unjudged
            if limit is None or (each.means_e6 is not None and each.means_e6 <= limit)
        ]
        day = min(each.on for each in grave)
        return day, min((each.at for each in grave if each.on == day and each.at), default=None)
    if rule.when.uncounted:
        assert uncounted_on is not None
        return uncounted_on, None
    if rule.when.bleeding and Bleeding.NONE not in rule.when.bleeding:
        assert bleeding_on is not None
        return bleeding_on, None
    return (taken[-1].on, taken[-1].at) if taken else (ladder.month_from(first, None), None)
