"""The judge of surveillance says what the plain rules say, of many patients at once and of each alone."""

import random
from dataclasses import fields, replace
from datetime import date, datetime, time
from typing import Any

import numpy as np
import pytest

from adjudication.surveillance import counts, judge
from adjudication.surveillance.counts import NOWHERE
from adjudication.surveillance.judge import NO_HOURS, Facts, Judged
from adjudication.surveillance.ladder import load
from adjudication.surveillance.protocol import Protocol
from tests.adjudication.surveillance.one_patient import columns_of, infusions_of, specimens_of, starts_of
from tests.registry.surveillance.ladder import Patient, stands
from tests.registry.surveillance.random_protocols import random_protocol
from tests.registry.surveillance.ward import TODAY, Ward, at_random

NOW = datetime.combine(TODAY, time(13))


def known(protocol: Protocol, patients: list[Patient]) -> Facts:
    """What is known of the patients today, and looked at."""

    def is_looked_at(one: Patient, on: date) -> bool:
        first = min(on for on, _ in one.infusions)
        return on <= TODAY and (first - on).days <= protocol.previous_within_days

    clean = [[each for each in one.counts if is_looked_at(one, each.on)] for one in patients]
    unjudged = [[each for each in one.unjudged if is_looked_at(one, each.on)] for one in patients]
    return Facts(
        len(patients),
        infusions_of([one.infusions for one in patients]),
        counts.steps(protocol, columns_of(clean), starts_of([one.starts for one in patients])),
        specimens_of(unjudged),
        {number: one.bleeds for number, one in enumerate(patients) if one.bleeds},
        {
            number: [act for act in one.done if act.on <= TODAY]
            for number, one in enumerate(patients)
            if any(act.on <= TODAY for act in one.done)
        },
    )


def row(protocol: Protocol, facts: Facts, found: Judged, number: int) -> dict[str, Any]:
    """One patient's row, as `stands` gives it, without words."""
    rule = protocol.rules[found.rule[number]]
    in_window, scheduled = bool(found.dues.in_window[number]), bool(found.scheduled[number])
    hours, advice = int(found.within_hours[number]), int(found.advice[number])
    answered, bled = found.answers.get(number), found.bled.get(number)

    def count(place: int) -> int | None:
        return None if place == NOWHERE else int(facts.taken.e6[place])

    last = int(found.last[number])
    newest = int(found.newest[number])
    unjudged_on = None if newest == NOWHERE else facts.unjudged.on[newest].item()
    if found.discordant[number] and newest == NOWHERE:
        unjudged_on = facts.taken.on[last].item()
    return {
        "mode": "in_window" if in_window else "symptom_driven",
        "last_infusion_on": found.cycle.last_on[number].item(),
        "window_ends_on": found.dues.window_ends_on[number].item(),
        "last_count_on": None if last == NOWHERE else facts.taken.on[last].item(),
        "last_count": count(last),
        "previous_count": count(int(found.before[number])),
        "due_on": found.due_on[number].item(),
        "overdue_days": int(found.overdue_days[number]),
        "action": None if scheduled and not in_window else rule.action,
        "treatment_advice": None if advice < 0 else protocol.advice_rules[advice].advice,
        "act_by": found.act_by[number].item(),
        "within_hours": None if hours == NO_HOURS else hours,
        "demand": None if scheduled else rule.id,
        "bleeding_since": bled and (bled.since or bled.asked_since),
        "unjudged_on": unjudged_on,
        "discordant": bool(found.discordant[number]),
        "answered_on": answered.by.on if answered is not None and answered.holds else None,
        "settled": bool(found.settled[number]),
    }


@pytest.mark.parametrize("seed", range(10))
def test_many_patients_at_once_are_judged_as_the_plain_rules_judge_each(seed: int) -> None:
    chance, ward = random.Random(seed), Ward()
    patients = [at_random(chance, ward)[1] for _ in range(300)]
    for protocol in (load(), *(random_protocol(chance) for _ in range(3))):
        facts = known(protocol, patients)
        found = judge.judge(protocol, facts, TODAY, NOW)
        for number, patient in enumerate(patients):
            wanted = stands(replace(patient, protocol=protocol), TODAY)
            wanted.pop("unjudged")
            assert row(protocol, facts, found, number) == wanted, (protocol.id, number)


def test_who_else_is_asked_about_changes_nothing_of_a_patient() -> None:
    chance, ward, protocol = random.Random(3), Ward(), load()
    patients = [at_random(chance, ward)[1] for _ in range(60)]
    facts = known(protocol, patients)
    together = judge.judge(protocol, facts, TODAY, NOW)
    for number, patient in enumerate(patients):
        mine = known(protocol, [patient])
        alone = judge.judge(protocol, mine, TODAY, NOW)
        assert row(protocol, mine, alone, 0) == row(protocol, facts, together, number)


def test_nobody_is_judged_too() -> None:
    empty = columns_of([])
    nobody = Facts(0, judge.Infusions(empty.patient, empty.on, empty.on), empty, specimens_of([]), {}, {})
    found = judge.judge(load(), nobody, TODAY, NOW)
    columns = [getattr(found, one.name) for one in fields(found)]
    assert all(one.size == 0 for one in columns if isinstance(one, np.ndarray))
