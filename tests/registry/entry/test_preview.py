"""What the engine says while a form is filled in is what it says after the save, and nothing is stored for it."""

import random
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from registry import review
from registry.accounts.service import add_account
from registry.entry import Fact, preview, save
from registry.errors import NotPermitted, Usage
from registry.exchange.intake import take
from registry.roles import Action, Actor
from registry.store.database import Database
from tests.registry.judging.courses_to_judge import taken
from tests.registry.record.random_record import patients_of, tables_of
from tests.templates import new_registry

TODAY = date(2030, 1, 1)
ITP, AIHA = "itp-iwg-2009", "aiha-hammersmith-2017"


@pytest.fixture
def db(registry_path: Path) -> Iterator[Database]:
    with new_registry(registry_path) as database:
        taken(database, database.actor(None))
        review.rejudge(database, database.actor(None))
        yield database


@pytest.fixture
def operator(db: Database) -> Actor:
    return db.actor(None)


def count(number: int, value: str, day: str, patient: str = "P1", **more: str) -> dict[str, str]:
    return {
        "patient_id": patient,
        "observation_id": f"U{number}",
        "observed_at": day,
        "analyte": "platelets",
        "value": value,
        "unit": "10*9/L",
        **more,
    }


def test_a_new_course_is_judged_before_it_is_saved(db: Database, operator: Actor) -> None:
    course = {"episode_id": "E1", "started_on": "2025-06-03", "start_reason": "relapse"}
    agents = [{"agent": "Nplate", "started_on": "2025-06-03"}]
    head = db.head
    found = preview(db, operator, course, agents, today=TODAY)
    assert found is not None
    assert found.headline.startswith("This course: R, ")
    assert "romiplostim, started 2025-06-03" in found.headline
    assert db.head == head
    assert db.rows("SELECT count(*) FROM course") == [(4,)]


@pytest.mark.parametrize(
    "course",
    [
        {},
        {"episode_id": "E1"},
        {"episode_id": "E9", "started_on": "2025-06-03"},
        {"episode_id": "E1", "started_on": "3/6/25"},
        {"episode_id": "E1", "started_on": "2025-06-03", "stopped_on": "2025-06-02"},
        {"episode_id": "E1", "started_on": "2031-06-03"},
        {"course_id": "C9", "stopped_on": "2025-06-03"},
    ],
)
def test_a_course_that_could_not_be_saved_has_no_call_yet(
    db: Database, operator: Actor, course: dict[str, str]
) -> None:
    assert preview(db, operator, course, [], today=TODAY) is None


def test_a_row_that_could_not_be_saved_is_left_out(db: Database, operator: Actor) -> None:
    wrong = [{"agent": "ivig", "started_on": ""}, {"agent": "", "started_on": "2025-06-03"}]
    course = {"episode_id": "E1", "started_on": "2025-06-03"}
    counts = [count(1, "", "2025-08-01"), count(2, "110", "tomorrow")]
    found = preview(db, operator, course, wrong, counts, today=TODAY)
    assert found is not None
    assert "no agent recorded" in found.headline
    assert found == preview(db, operator, course, [], today=TODAY)


def test_an_unsaved_count_changes_the_call_of_a_stored_course(db: Database, operator: Actor) -> None:
    stored = review.explain(db, operator, "C4")
    same = preview(db, operator, {"course_id": "C4"}, today=TODAY)
    assert same == stored
    counts = [count(1, "120", "2025-02-12", "P3"), count(2, "130", "2025-02-20", "P3")]
    found = preview(db, operator, {"course_id": "C4"}, None, counts, today=TODAY)
    assert found is not None
    assert (stored.best_response, found.best_response) == ("NR", "CR")
    assert {one.id for one in found.evidence} >= {"U1", "U2"}


def test_an_amended_count_stands_in_the_place_of_the_stored_one(db: Database, operator: Actor) -> None:
    other = count(1, "40", "2025-01-12", observation_id="O2")
    found = preview(db, operator, {"course_id": "C1"}, None, [other], today=TODAY)
    save(db, operator, [Fact("observation", other, 1)], key="1", today=TODAY, reason="misread")
    review.rejudge(db, operator, patient="P1")
    assert found == review.explain(db, operator, "C1")


def test_an_amended_course_is_judged_as_amended(db: Database, operator: Actor) -> None:
    changes = {"course_id": "C1", "started_on": "2025-01-13"}
    agents = [{"agent": "ivig", "started_on": "2025-01-13"}]
    found = preview(db, operator, changes, agents, today=TODAY)
    assert found is not None
    assert found != review.explain(db, operator, "C1")
    assert "ivig, started 2025-01-13" in found.headline


def test_other_criteria_may_be_asked_for(db: Database, operator: Actor) -> None:
    found = preview(db, operator, {"course_id": "C1"}, criteria_id=ITP, today=TODAY)
    assert found is not None
    assert found.criteria_id == ITP
    assert preview(db, operator, {"course_id": "C1"}, criteria_id=AIHA, today=TODAY) is None
    with pytest.raises(Usage):
        preview(db, operator, {"course_id": "C1"}, criteria_id="unheard-of", today=TODAY)


def test_a_preview_waits_for_nobody(db: Database, operator: Actor) -> None:
    with db.change(operator, Action.IMPORT, "long"):
        assert preview(db, operator, {"course_id": "C1"}, today=TODAY) == review.explain(db, operator, "C1")


def test_only_who_may_see_calls_sees_a_preview(db: Database, operator: Actor) -> None:
    add_account(db, operator, "reader", {"North": ["adjudicator"], "South": ["nurse"]}, today=TODAY)
    with pytest.raises(NotPermitted):
        preview(db, db.actor("reader"), {"course_id": "C1"}, today=TODAY)
    assert preview(db, db.actor("reader"), {"course_id": "C3"}, today=TODAY) is not None


@pytest.mark.parametrize("seed", range(4))
def test_a_preview_is_the_call_that_a_save_gives(registry_path: Path, seed: int) -> None:
    """The last course of random patients with its steps, and some of their counts, are held back and then saved."""
    chance = random.Random(seed)
    tables = {name: table.to_pylist() for name, table in tables_of(patients_of(seed, 12)).items()}
    later: dict[str, list[dict[str, Any]]] = {}
    last = {row["episode_id"]: row["course_id"] for row in tables["course"]}
    patient_of = {row["episode_id"]: row["patient_id"] for row in tables["episode"]}
    for name, chosen in (
        ("course", lambda row: row["course_id"] in last.values()),
        ("course_agent", lambda row: row["course_id"] in last.values()),
        ("observation", lambda _row: chance.random() < 0.2),
    ):
        kept: list[dict[str, Any]] = []
        later[name] = []
        for row in tables[name]:
            (later[name] if chosen(row) else kept).append(row)
        tables[name] = kept
    with new_registry(registry_path) as db:
        actor = db.actor(None)
        take(
            db, actor, {name: pa.Table.from_pylist(rows) for name, rows in tables.items() if rows}, today=None
        )
        for course in later["course"]:
            patient = patient_of[course["episode_id"]]
            steps = [row for row in later["course_agent"] if row["course_id"] == course["course_id"]]
            counts = [row for row in later["observation"] if row["patient_id"] == patient]
            later["observation"] = [row for row in later["observation"] if row["patient_id"] != patient]
            found = preview(db, actor, course, steps, counts, today=date(2200, 1, 1))
            facts = [Fact("course", course), *(Fact("course_agent", row) for row in steps)]
            facts += [Fact("observation", row) for row in counts]
            save(db, actor, facts, key=course["course_id"], today=date(2200, 1, 1))
            review.rejudge(db, actor, patient=patient)
            assert found == review.explain(db, actor, course["course_id"])


def test_a_preview_of_five_hundred_counts_is_quick(db: Database, operator: Actor) -> None:
    counts = [
        count(
            number,
            str(10 + number % 90),
            f"{2015 + number // 50}-{1 + number % 12:02}-{1 + number % 28:02}",
            "P3",
        )
        for number in range(500)
    ]
    save(db, operator, [Fact("observation", row) for row in counts], key="1", today=TODAY)
    course = {"episode_id": "E3", "started_on": "2025-06-03"}
    agents = [{"agent": "rituximab", "started_on": "2025-06-03"}]
    took = []
    for _ in range(7):
        begun = time.process_time()
        assert preview(db, operator, course, agents, counts[:1], today=TODAY) is not None
        took.append(time.process_time() - begun)
    assert sorted(took)[2] < 0.25, took
