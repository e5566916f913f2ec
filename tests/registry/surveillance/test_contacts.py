"""The days to contact are those of the plain rules, on protocols and patients at random."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from adjudication.day_values import EDTA, HEPARIN
from adjudication.response.terms import MICRO
from adjudication.surveillance.counts import Count
from adjudication.surveillance.follow_up import Done
from adjudication.surveillance.judge import judge
from adjudication.surveillance.ladder import load
from adjudication.surveillance.protocol import Condition, Outcome, Protocol
from registry.roles import Actor
from registry.surveillance.facts import watch
from registry.surveillance.in_force import infused, standing
from registry.surveillance.measures import _made
from tests.adjudication.surveillance import plain
from tests.adjudication.surveillance.one_patient import InTube
from tests.registry.surveillance.ward import TODAY, Ward

if TYPE_CHECKING:
    from registry.store.database import Database


class Patient(NamedTuple):
    """A patient infused on one day."""

    infused_on: date
    died_on: date | None
    counts: list[Count]
    outcomes: list[Done]


def demanding(now: int | None, confirmed: int | None, days: int) -> Protocol:
    """The published protocol, with other counts that demand contact at once or once they are confirmed."""
    published = load()
    rules = tuple(
        replace(published.rules[0], id=name, when=Condition(limit * MICRO))
        for name, limit in (("now", now), ("confirmed", confirmed))
        if limit is not None
    )
    named = {rule.id for rule in rules}
    measuring = replace(
        published.measuring,
        contact_now=("now",) if "now" in named else (),
        contact_once_confirmed=("confirmed",) if "confirmed" in named else (),
        contact=frozenset({Outcome.CONTACTED, Outcome.REFERRED}),
    )
    return replace(
        published, rules=(*rules, *published.rules), measuring=measuring, previous_within_days=days
    )


def at_random(chance: random.Random, ward: Ward) -> Patient:
    """A patient of whom low counts follow one another, with calls, removals and deaths in between."""
    infused_on = TODAY - timedelta(chance.randint(100, 900))
    died_on = TODAY - timedelta(chance.randint(-5, 60)) if chance.random() < 0.2 else None
    key = ward.patient(infused_on, died_on=died_on)
    counts: list[Count] = []
    for _ in range(chance.randint(0, 9)):
        day = TODAY - timedelta(chance.choice((chance.randint(-3, 60), chance.randint(0, 800))))
        e6 = chance.choice((20, 30, 45, 90, 100, 101, 220)) * MICRO
        word, tube = chance.choice((("edta", EDTA), ("edta", EDTA), ("heparin", HEPARIN)))
        ward.count(key, day, e6, specimen=word)
        counts.append(InTube(day, e6, tube=tube))
    outcomes: list[Done] = []
    for _ in range(chance.randint(0, 4)):
        done = Done(chance.choice(list(Outcome)), TODAY - timedelta(chance.randint(-3, 120)))
        ward.outcome(key, done.on, done.outcome)
        outcomes.append(done)
    return Patient(infused_on, died_on, counts, outcomes)


def waited(protocol: Protocol, one: Patient) -> list[tuple[int, str | None]]:
    """How long the results of a patient waited by the plain rules."""
    since = one.infused_on - timedelta(protocol.previous_within_days)
    looked = [count for count in one.counts if since <= count.on <= TODAY]
    taken = plain.steps(protocol, looked)
    # A removal lasts until a later finding, or a later infusion.
    last_on = max([one.infused_on, *(count.on for count in looked)])
    removals = [done.on for done in one.outcomes if done.outcome in protocol.outcomes.remove]
    off_on = min((on for on in removals if last_on <= on <= TODAY), default=None)
    return plain.waits(
        protocol,
        taken,
        one.outcomes,
        TODAY,
        infused_on=one.infused_on,
        died_on=one.died_on,
        off_on=off_on,
    )


@pytest.mark.parametrize("seed", range(2))
def test_each_result_waits_as_long_as_the_plain_rules_say(
    registry: "Database", operator: Actor, seed: int
) -> None:
    chance, ward = random.Random(seed), Ward()
    patients = [at_random(chance, ward) for _ in range(400)]
    ward.store(registry, operator)
    reasons: set[str | None] = set()
    for protocol in (
        load(),
        demanding(30, 100, 92),
        demanding(45, None, 20),
        demanding(None, 100, 200),
        demanding(None, None, 92),
    ):
        with infused(registry, TODAY, standing(registry, protocol), None) as snapshot:
            watched = watch(snapshot, protocol, 0, TODAY, dead=True)
        judged = judge(protocol, watched.facts, TODAY, datetime.combine(TODAY, time()))
        found = Counter((one.days, one.waited_until) for one in _made(protocol, watched, judged, TODAY))
        assert found == Counter(wait for one in patients for wait in waited(protocol, one))
        reasons |= {why for _, why in found}
    assert reasons == {None, "next result", "taken off the list", "death", "still waiting"}
