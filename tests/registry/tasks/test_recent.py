"""What was changed lately: in plain words, only of patients whom one may read."""

from datetime import date, datetime

import pytest

from registry import record
from registry.errors import NotPermitted
from registry.roles import Actor, Role
from registry.store.database import Database
from registry.tasks.recent import ago, recent
from tests.conftest import Clock

TODAY = date(2026, 3, 31)
NORTH = Actor("north", {"north": frozenset({Role.CLINICIAN})})


def bleed(patient: str, number: int) -> dict[str, object]:
    return {
        "patient_id": patient,
        "bleed_id": f"{patient}-{number}",
        "started_on": "2026-03-01",
        "scale": "WHO",
        "grade": 1,
    }


def test_changes_are_told_newest_first_to_whom_they_concern(
    registry: Database, operator: Actor, clock: Clock
) -> None:
    for name, site in (("P1", "north"), ("P2", "south")):
        record.log(registry, operator, "patient", {"patient_id": name, "site": site}, today=TODAY)
        clock.advance(hours=1)
    record.log(registry, operator, "bleed", bleed("P1", 1), today=TODAY)
    identity = {"patient_id": "P1", "bleed_id": "P1-1"}
    record.amend(registry, operator, "bleed", identity, {"grade": 2}, "typing error", 1, today=TODAY)
    record.withdraw(registry, operator, "bleed", identity, "another patient's", 2)
    told = [(one.who, one.what, one.patients) for one in recent(registry, operator)]
    assert told == [
        (operator.name, "withdrew 1 bleed", ("P1",)),
        (operator.name, "amended 1 bleed", ("P1",)),
        (operator.name, "logged 1 bleed", ("P1",)),
        (operator.name, "logged 1 patient", ("P2",)),
        (operator.name, "logged 1 patient", ("P1",)),
    ]
    assert {one.patients for one in recent(registry, NORTH)} == {("P1",)}
    assert len(recent(registry, operator, take=2)) == 2


def test_whoever_may_read_nowhere_learns_of_no_change(registry: Database) -> None:
    with pytest.raises(NotPermitted):
        recent(registry, Actor("nobody", {}))


@pytest.mark.parametrize(
    ("at", "said"),
    [
        (datetime(2026, 3, 31, 9, 29, 40), "just now"),
        (datetime(2026, 3, 31, 9, 35), "just now"),
        (datetime(2026, 3, 31, 9, 29), "1 minute ago"),
        (datetime(2026, 3, 31, 8, 31), "59 minutes ago"),
        (datetime(2026, 3, 31, 0, 30), "9 hours ago"),
        (datetime(2026, 3, 30, 9, 0), "yesterday"),
        (datetime(2026, 3, 28, 9, 0), "3 days ago"),
        (datetime(2026, 2, 3, 9, 0), "on 3 Feb 2026"),
    ],
)
def test_time_is_told_in_words(at: datetime, said: str) -> None:
    assert ago(at, datetime(2026, 3, 31, 9, 30)) == said
