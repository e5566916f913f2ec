"""A draft survives a lost connection, is read by nobody else, and is no part of the record."""

import threading
from datetime import date

import pytest

from registry import accounts, record
from registry.entry import Fact, drafts, drop, keep, kept, save
from registry.entry.drafts import KEPT_DAYS, LARGEST_CHARACTERS
from registry.errors import Busy, NotPermitted, Refused, Usage
from registry.roles import Action, Actor
from registry.store.database import Database
from tests.conftest import Clock

TODAY = date(2026, 3, 31)
TYPED = {"course.1.started_on": "3/2/26", "agents.1.agent": "prednisolon — „60“"}


@pytest.fixture
def nurse(registry: Database, operator: Actor) -> Actor:
    accounts.add_account(registry, operator, "north", {"North": ["nurse"]}, today=TODAY)
    return registry.actor("north")


def test_a_draft_is_kept_as_typed_and_replaced_by_the_next(
    registry: Database, nurse: Actor, clock: Clock
) -> None:
    keep(registry, nurse, "course", "P1-E1", {"course.1.started_on": "3/"})
    at = clock.advance(minutes=1)
    assert keep(registry, nurse, "course", "P1-E1", TYPED) == at
    draft = kept(registry, nurse, "course", "P1-E1")
    assert draft is not None
    assert (draft.values, draft.written_at) == (TYPED, at)
    assert kept(registry, nurse, "course", "P1-E2") is None
    assert kept(registry, nurse, "bleed", "P1-E1") is None


def test_a_draft_leaves_no_trace_in_the_trail_and_makes_no_page_stale(
    registry: Database, nurse: Actor
) -> None:
    revision, head = registry.revision, registry.head
    keep(registry, nurse, "course", "P1-E1", TYPED)
    drop(registry, nurse, "course", "P1-E1")
    assert (registry.revision, registry.head) == (revision, head)
    assert registry.verify() == []


def test_a_draft_is_there_after_the_registry_was_closed(
    registry: Database, nurse: Actor, clock: Clock
) -> None:
    keep(registry, nurse, "course", "P1-E1", TYPED)
    registry.close()
    assert Database.verify_path(registry.path) == []
    with Database.open(registry.path, now=clock) as again:
        assert [one.values for one in drafts(again, again.actor("north"))] == [TYPED]


def test_nobody_else_reads_or_drops_it(registry: Database, operator: Actor, nurse: Actor) -> None:
    keep(registry, nurse, "course", "P1-E1", TYPED)
    keep(registry, operator, "course", "P1-E1", {"x": "y"})
    drop(registry, operator, "course", "P1-E1")
    assert drafts(registry, operator) == []
    assert kept(registry, operator, "course", "P1-E1") is None
    assert len(drafts(registry, nurse)) == 1


def test_drafts_stand_with_the_newest_first(registry: Database, nurse: Actor, clock: Clock) -> None:
    for form in ("bleed", "cbc", "course"):
        keep(registry, nurse, form, "P1", TYPED)
        clock.advance(seconds=1)
    assert [one.form for one in drafts(registry, nurse)] == ["course", "cbc", "bleed"]


@pytest.mark.parametrize(("seconds", "stands"), [(-1, True), (0, False)])
def test_a_draft_expires(registry: Database, nurse: Actor, clock: Clock, seconds: int, stands: bool) -> None:
    keep(registry, nurse, "course", "P1-E1", TYPED)
    clock.advance(days=KEPT_DAYS, seconds=seconds)
    assert bool(drafts(registry, nurse)) is stands
    keep(registry, nurse, "bleed", "P1", TYPED)
    assert registry.rows("SELECT count(*) FROM draft") == [(2 if stands else 1,)]


def test_saving_forgets_the_draft_in_the_same_transaction(registry: Database, operator: Actor) -> None:
    keep(registry, operator, "patient", "", TYPED)
    keep(registry, operator, "bleed", "P1", TYPED)
    wrong = Fact("patient", {"patient_id": "P1", "sex": "blue"})
    with pytest.raises(Refused):
        save(registry, operator, [wrong], key="1", today=TODAY, draft=("patient", ""))
    assert len(drafts(registry, operator)) == 2
    right = Fact("patient", {"patient_id": "P1"})
    save(registry, operator, [right], key="1", today=TODAY, draft=("patient", ""))
    assert [one.form for one in drafts(registry, operator)] == ["bleed"]
    keep(registry, operator, "patient", "", TYPED)
    again = save(registry, operator, [right], key="1", today=TODAY, draft=("patient", ""))
    assert again.repeated
    assert [one.form for one in drafts(registry, operator)] == ["bleed"]


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_a_draft_has_a_largest_size(registry: Database, nurse: Actor, more: int, fits: bool) -> None:
    values = {"x": "é" * (LARGEST_CHARACTERS - len('{"x": ""}') + more)}
    if fits:
        keep(registry, nurse, "paste", "P1", values)
    else:
        with pytest.raises(Refused, match="too long"):
            keep(registry, nurse, "paste", "P1", values)


def test_an_account_that_is_disabled_has_no_drafts(registry: Database, operator: Actor, nurse: Actor) -> None:
    keep(registry, nurse, "course", "P1-E1", TYPED)
    accounts.disable_account(registry, operator, "north")
    for work in (
        lambda: keep(registry, nurse, "course", "P1-E1", TYPED),
        lambda: drop(registry, nurse, "course", "P1-E1"),
        lambda: drafts(registry, nurse),
    ):
        with pytest.raises(NotPermitted):
            work()


def test_the_quiet_way_writes_nothing_of_the_record(registry: Database, operator: Actor) -> None:
    record.log(registry, operator, "patient", {"patient_id": "P1"}, today=TODAY)
    for statement in (
        "DELETE FROM patient_fact",
        "UPDATE account SET disabled = false",
        "INSERT INTO draft SELECT 1; DELETE FROM audit_event",
        "DROP TABLE draft; DROP TABLE call",
        "SELECT 1",
    ):
        with pytest.raises(Usage, match=r"as scratch|this way"), registry.scratch(operator) as scratch:
            scratch.execute(statement)
    assert registry.verify() == []


def test_what_fails_aside_is_undone(registry: Database, operator: Actor) -> None:
    keep(registry, operator, "course", "P1", TYPED)

    def half() -> None:
        with registry.scratch(operator) as scratch:
            scratch.execute("DELETE FROM draft")
            assert scratch.rows("SELECT count(*) FROM draft") == [(0,)]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert len(drafts(registry, operator)) == 1
    record.log(registry, operator, "patient", {"patient_id": "P1"}, today=TODAY)


def test_a_draft_does_not_wait_long_for_a_long_change(
    registry: Database, operator: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.store.database.SCRATCH_WAITS_SECONDS", 0.05)
    answers: list[str] = []

    def work() -> None:
        try:
            keep(registry, operator, "course", "P1", TYPED)
        except Busy as error:
            answers.append(str(error))

    with registry.change(operator, Action.IMPORT, "long"):
        other = threading.Thread(target=work)
        other.start()
        other.join()
    assert len(answers) == 1
    assert "try again" in answers[0]
