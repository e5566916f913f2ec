"""The days to contact are those that SQL alone once gave, on protocols and patients at random."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adjudication.response.terms import MICRO
from adjudication.surveillance.ladder import load
from adjudication.surveillance.protocol import OF_A_SITE, Condition, Outcome, Programme
from registry import sql
from registry.roles import Actor
from registry.surveillance.in_force import infused, standing
from registry.surveillance.measures import _made, _plan
from tests.registry.surveillance.ward import TODAY, Ward

if TYPE_CHECKING:
    from registry.store.database import Database

FORMER = (Path(__file__).parent / "former" / "surveillance_contacts.sql").read_text(encoding="utf-8")


def demanding(now: int | None, confirmed: int | None, days: int) -> Programme:
    """The published programme, with other counts that demand contact at once or once they are confirmed."""
    published = load()
    rungs = tuple(
        replace(published.rungs[0], id=name, when=Condition(limit * MICRO))
        for name, limit in (("now", now), ("confirmed", confirmed))
        if limit is not None
    )
    named = {rung.id for rung in rungs}
    measuring = replace(
        published.measuring,
        contact_now=("now",) if "now" in named else (),
        contact_once_confirmed=("confirmed",) if "confirmed" in named else (),
        contact=frozenset({Outcome.CONTACTED, Outcome.REFERRED}),
    )
    return replace(
        published, rungs=(*rungs, *published.rungs), measuring=measuring, previous_within_days=days
    )


def at_random(chance: random.Random, ward: Ward) -> None:
    """A patient of whom low counts follow one another, with calls, removals and deaths in between."""
    infused_on = TODAY - timedelta(chance.randint(100, 900))
    died_on = TODAY - timedelta(chance.randint(-5, 60)) if chance.random() < 0.2 else None
    key = ward.patient(infused_on, died_on=died_on)
    for _ in range(chance.randint(0, 9)):
        day = TODAY - timedelta(chance.choice((chance.randint(-3, 60), chance.randint(0, 800))))
        ward.count(key, day, chance.choice((20, 30, 45, 90, 100, 101, 220)) * MICRO)
    for _ in range(chance.randint(0, 4)):
        day = TODAY - timedelta(chance.randint(-3, 120))
        ward.outcome(key, day, chance.choice(list(Outcome)))


@pytest.mark.parametrize("seed", range(2))
def test_each_result_waits_as_long_as_the_former_query_said(
    registry: "Database", operator: Actor, seed: int
) -> None:
    chance, ward = random.Random(seed), Ward()
    for _ in range(400):
        at_random(chance, ward)
    ward.store(registry, operator)
    waited: set[str | None] = set()
    for programme in (
        load(),
        demanding(30, 100, 92),
        demanding(45, None, 20),
        demanding(None, 100, 200),
        demanding(None, None, 92),
    ):
        plan = _plan(programme, 0, TODAY)
        now, confirmed = (
            programme.up_to_e6(rungs)
            for rungs in (programme.measuring.contact_now, programme.measuring.contact_once_confirmed)
        )
        before = plan | {
            "now_up_to_e6": now,
            "confirmed_up_to_e6": max(now, confirmed),
            "contact": sorted(programme.measuring.contact),
            "of_a_site": sorted(OF_A_SITE),
        }
        with infused(registry, TODAY, standing(registry, programme), None) as snapshot:
            snapshot.keep("taken_off", sql.text("queries/surveillance_taken_off"), [plan])
            former = {(days, why): number for days, _, why, number in snapshot.rows(FORMER, [before])}
            found = Counter((one.days, one.waited_until) for one in _made(snapshot, programme, plan))
        assert found == former
        waited |= {why for _, why in found}
    assert waited == {None, "next result", "taken off the list", "death", "still waiting"}
