"""A corrected count changes the call, and it is said how and why; whoever may not judge still saves."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from registry import review
from registry.accounts.service import add_account
from registry.entry import Fact, calls_of, changed_calls, judge, save
from registry.errors import NotPermitted
from registry.judging import calls
from registry.roles import Actor
from registry.store.database import Database
from tests.registry.judging.courses_to_judge import taken
from tests.templates import new_registry

TODAY = date(2030, 1, 1)
COUNT = {"patient_id": "P1", "observation_id": "O3"}


@pytest.fixture
def db(registry_path: Path) -> Iterator[Database]:
    with new_registry(registry_path) as database:
        taken(database, database.actor(None))
        review.rejudge(database, database.actor(None))
        yield database


@pytest.fixture
def operator(db: Database) -> Actor:
    return db.actor(None)


def test_a_corrected_count_changes_the_call_and_says_why(db: Database, operator: Actor) -> None:
    corrected = [
        Fact("observation", {**COUNT, "observation_id": name, "value": "14"}, 1) for name in ("O3", "O4")
    ]
    done = save(db, operator, corrected, key="1", today=TODAY, reason="misread")
    [changed] = judge(db, operator, done)
    assert changed.headline == "C1: CR → NR"
    assert changed.before is not None
    assert changed.after is not None
    assert changed.before.best_response == "CR"
    assert changed.after == replace(review.explain(db, operator, "C1"), judged_again=None)
    assert judge(db, operator, done) == []
    assert calls.stale_courses(db) == 0


def test_a_count_that_decides_nothing_changes_no_call(db: Database, operator: Actor) -> None:
    late = Fact("observation", {**COUNT, "observation_id": "U1", "observed_at": "2025-05-01", "analyte": "ldh",
                                "value": "200", "unit": "U/L"})  # fmt: skip
    assert judge(db, operator, save(db, operator, [late], key="1", today=TODAY)) == []


def test_a_new_course_is_a_call_that_was_not_there(db: Database, operator: Actor) -> None:
    course = Fact("course", {"episode_id": "E3", "started_on": "2026-01-01"})
    changed = judge(db, operator, save(db, operator, [course], key="1", today=TODAY))
    assert [one.headline for one in changed] == ["P3-C1: not assessed → NE"]
    gone = Fact("course", {"course_id": "P3-C1"}, 1, withdrawn=True)
    save(db, operator, [gone], key="2", today=TODAY, reason="twice")
    assert set(calls_of(db, operator, "P3")) == {("C4", "itp-iwg-2009")}


def test_before_and_after_are_compared_by_what_they_say(db: Database, operator: Actor) -> None:
    before = calls_of(db, operator, "P1")
    assert before == {
        (name, "itp-iwg-2009"): replace(review.explain(db, operator, name, "itp-iwg-2009"), judged_again=None)
        for name in ("C1", "C2")
    }
    assert changed_calls(before, before) == []
    assert [one.course_id for one in changed_calls(before, {})] == ["C1", "C2"]


def test_who_may_not_judge_still_saves_and_sees_no_call(db: Database, operator: Actor) -> None:
    add_account(db, operator, "reader", {"*": ["adjudicator"]}, today=TODAY)
    add_account(db, operator, "south", {"South": ["nurse"]}, today=TODAY)
    for name in ("reader", "south"):
        assert judge(db, db.actor(name), ["P1"]) == []
        with pytest.raises(NotPermitted):
            calls_of(db, db.actor(name), "P1")
