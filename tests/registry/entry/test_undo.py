"""A save is undone within minutes by its author: what was logged goes, what was amended or withdrawn is back."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from registry import record
from registry.accounts.service import add_account
from registry.entry import Fact, may_undo, save, undo
from registry.entry.undo import UNDONE_WITHIN
from registry.errors import NotPermitted, Refused, Usage
from registry.record.missing import missing
from registry.roles import Actor
from registry.store.database import Database
from tests.conftest import NOW, Clock
from tests.registry.facts_for_tests import Fact as Logged
from tests.registry.facts_for_tests import copied, written

TODAY = date(2026, 3, 31)
BLEED = {"patient_id": "P1", "bleed_id": "B1"}
LIFE: list[Logged] = [
    ("patient", {"patient_id": "P1", "site": "North"}),
    ("episode", {"patient_id": "P1", "episode_id": "E1", "disease": "ITP", "onset_on": "2024-01-01"}),
    ("bleed", {**BLEED, "started_on": "2025-01-01", "scale": "WHO", "grade": 2}),
]
COURSE = [
    Fact("course", {"episode_id": "E1", "started_on": "2025-01-01"}, missing={"stop_reason": "unknown"}),
    Fact("course_agent", {"agent": "prednisolone", "started_on": "2025-01-01"}),
    Fact("course_agent", {"agent": "ivig", "started_on": "2025-01-01"}),
]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("undo") / "registry.duckdb", LIFE)


@pytest.fixture
def db(begun: Path, registry_path: Path, clock: Clock) -> Iterator[Database]:
    with Database.open(copied(begun, registry_path), now=clock) as database:
        yield database


@pytest.fixture
def operator(db: Database) -> Actor:
    return db.actor(None)


def facts(db: Database) -> list[tuple[object, ...]]:
    """Everything that stands, without the numbers of versions."""
    found: list[tuple[object, ...]] = []
    for table in ("patient", "episode", "course", "course_agent", "bleed", "observation", "missing_value"):
        query = f"SELECT * EXCLUDE (row_key, version, change_seq) FROM {table}_view ORDER BY ALL"
        found += [(table, *row) for row in db.rows(query)]
    return found


def test_what_was_logged_is_withdrawn(db: Database, operator: Actor) -> None:
    before = facts(db)
    done = save(db, operator, COURSE, key="1", today=TODAY)
    assert facts(db) != before
    taken_back = undo(db, operator, done.seq, key="u1")
    assert facts(db) == before
    assert missing(db, operator, "P1") == []
    event = db.rows("SELECT action, reason FROM audit_event WHERE seq = $1", [taken_back.seq])
    assert event == [("withdraw", f"undo of change {done.seq}")]
    assert db.verify() == []


def test_what_was_amended_is_restored(db: Database, operator: Actor) -> None:
    before = facts(db)
    seq = record.amend(
        db, operator, "bleed", BLEED, {"grade": 3, "site": "gum"}, "read again", 1, today=TODAY
    )
    undo(db, operator, seq, key="u1")
    assert facts(db) == before
    assert [row["grade"] for row in record.history(db, operator, "bleed", BLEED)] == [2, 3, 2]
    assert db.verify() == []


def test_what_was_withdrawn_is_logged_again(db: Database, operator: Actor) -> None:
    done = save(db, operator, COURSE, key="1", today=TODAY)
    before = facts(db)
    gone = [Fact(one.table, one.identity, 1, withdrawn=True) for one in done.facts]
    withdrawn = save(db, operator, gone, key="2", today=TODAY, reason="twice")
    undo(db, operator, withdrawn.seq, key="u1")
    assert facts(db) == before
    assert db.verify() == []


def test_a_mixed_save_and_its_reasons_go_back_together(db: Database, operator: Actor) -> None:
    done = save(db, operator, COURSE, key="1", today=TODAY)
    before = facts(db)
    mixed = [
        Fact("course", {"course_id": done.facts[0].identity["course_id"], "stop_reason": "response"}, 1),
        Fact("course_agent", done.facts[2].identity, 1, withdrawn=True),
        Fact("bleed", {"patient_id": "P1", "started_on": "2025-02-01", "scale": "WHO", "grade": 1}),
    ]
    second = save(db, operator, mixed, key="2", today=TODAY, reason="found the letter")
    assert missing(db, operator, "P1") == []
    undo(db, operator, second.seq, key="u1")
    assert facts(db) == before
    assert db.verify() == []


def test_an_undo_is_undone_and_done_once(db: Database, operator: Actor) -> None:
    done = save(db, operator, COURSE, key="1", today=TODAY)
    after = facts(db)
    first = undo(db, operator, done.seq, key="u1")
    again = undo(db, operator, done.seq, key="u1")
    assert (again.seq, again.repeated) == (first.seq, True)
    undo(db, operator, first.seq, key="u2")
    assert facts(db) == after


@pytest.mark.parametrize(("seconds", "possible"), [(-1, True), (0, False)])
def test_there_is_a_time_to_undo(
    db: Database, operator: Actor, clock: Clock, seconds: int, possible: bool
) -> None:
    done = save(db, operator, COURSE, key="1", today=TODAY)
    assert may_undo(db, operator, done.seq) == NOW + UNDONE_WITHIN
    clock.advance(seconds=UNDONE_WITHIN.total_seconds() + seconds)
    assert (may_undo(db, operator, done.seq) is not None) is possible
    if possible:
        undo(db, operator, done.seq, key="u1")
    else:
        with pytest.raises(Refused, match="more than 10 minutes ago"):
            undo(db, operator, done.seq, key="u1")


def test_only_the_author_undoes(db: Database, operator: Actor) -> None:
    add_account(db, operator, "north", {"North": ["nurse"]}, today=TODAY)
    done = save(db, operator, COURSE, key="1", today=TODAY)
    with pytest.raises(NotPermitted, match="only its author"):
        undo(db, db.actor("north"), done.seq, key="u1")
    assert may_undo(db, db.actor("north"), done.seq) is None


def test_an_author_who_lost_the_right_undoes_nothing(db: Database, operator: Actor) -> None:
    from registry.accounts.service import set_roles

    add_account(db, operator, "north", {"North": ["nurse"]}, today=TODAY)
    done = save(db, db.actor("north"), COURSE, key="1", today=TODAY)
    set_roles(db, operator, "north", {"South": ["nurse"]})
    with pytest.raises(NotPermitted):
        undo(db, db.actor("north"), done.seq, key="u1")


def test_what_somebody_changed_or_built_on_stays(db: Database, operator: Actor) -> None:
    add_account(db, operator, "north", {"North": ["nurse"]}, today=TODAY)
    done = save(db, operator, COURSE, key="1", today=TODAY)
    north, course = db.actor("north"), done.facts[0].identity
    step = Fact("course_agent", {**course, "agent": "rituximab", "started_on": "2025-01-02"})
    built = save(db, north, [step], key="2", today=TODAY)
    with pytest.raises(Refused, match="still has 1 course_agent"):
        undo(db, operator, done.seq, key="u1")
    undo(db, north, built.seq, key="u2")
    record.amend(db, north, "course", course, {"intent": "induction"}, "known", 1, today=TODAY)
    with pytest.raises(Refused, match="was changed since by north"):
        undo(db, operator, done.seq, key="u1")


def test_what_was_logged_again_since_is_not_logged_twice(db: Database, operator: Actor) -> None:
    seq = record.withdraw(db, operator, "bleed", BLEED, "by mistake", 1)
    record.log(
        db, operator, "bleed", {**BLEED, "started_on": "2025-01-01", "scale": "WHO", "grade": 3}, today=TODAY
    )
    with pytest.raises(Refused, match="can no longer be undone"):
        undo(db, operator, seq, key="u1")


def test_only_saves_of_facts_can_be_undone(db: Database, operator: Actor) -> None:
    add_account(db, operator, "north", {"North": ["nurse"]}, today=TODAY)
    for seq in (db.revision, 1, 10_000):
        with pytest.raises(Usage, match="did not save facts"):
            undo(db, operator, seq, key="u1")
