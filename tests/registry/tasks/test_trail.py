"""The audit trail as people read it: found by person, action, patient and day; values only for those who may read."""

from datetime import date

import pytest

from registry import accounts, record
from registry.errors import NotPermitted
from registry.roles import Actor, escaped_site, joined, split_sites
from registry.store.database import Database
from registry.tasks.audit_trail import differences, people, trail
from tests.conftest import NOW, Clock

TODAY = NOW.date()


@pytest.fixture
def db(registry: Database, clock: Clock) -> Database:
    """Two patients at two sites, written on two days by two people."""
    operator = registry.actor(None)
    accounts.add_account(registry, operator, "mira", {"North": ["nurse"]}, today=TODAY)
    accounts.add_account(registry, operator, "warden", {"*": ["admin"]}, today=TODAY)
    accounts.add_account(registry, operator, "keeper", {"North": ["data_manager"]}, today=TODAY)
    accounts.add_account(registry, operator, "reader", {"*": ["clinician"]}, today=TODAY)
    record.log(registry, operator, "patient", {"patient_id": "S1", "site": "South"}, today=TODAY)
    clock.advance(days=1)
    mira = registry.actor("mira")
    record.log(registry, mira, "patient", {"patient_id": "N1", "site": "North"}, today=TODAY)
    cause = {"patient_id": "N1", "started_on": "2026-01-01", "disease": "ITP", "cause": "parvovirus"}
    record.log(registry, mira, "other_cause", cause, today=TODAY)
    record.amend(
        registry, mira, "patient", {"patient_id": "N1"}, {"sex": "female"}, "was 1, not 2", 1, today=TODAY
    )
    return registry


def subjects(db: Database, actor: Actor, **which: object) -> list[str]:
    return [row["subject"] for row in trail(db, actor, **which).rows]  # type: ignore[arg-type]


def test_the_newest_event_comes_first_with_who_what_and_why(db: Database, operator: Actor) -> None:
    first = trail(db, operator, take=1).rows[0]
    assert (first["actor"], first["role"], first["action"]) == ("mira", "nurse", "amend")
    assert (first["before"], first["after"]) == ({"sex": None}, {"sex": "female"})
    assert (first["subject"], first["reason"]) == ("patient N1", "was 1, not 2")
    assert first["recorded_at"] == NOW.replace(month=4, day=1)
    assert first["hidden"] is False


def test_events_are_found_by_person_action_patient_and_day(db: Database, operator: Actor) -> None:
    assert subjects(db, operator, person="mira", action="log") == [
        "other_cause N1 2026-01-01 ITP parvovirus",
        "patient N1",
    ]
    assert subjects(db, operator, patient="S1") == ["patient S1"]
    assert len(subjects(db, operator, from_on=date(2026, 4, 1))) == 3
    assert subjects(db, operator, from_on=date(2026, 3, 31), to_on=date(2026, 4, 1), action="log") == [
        "patient S1"
    ]
    assert subjects(db, operator, person="nobody") == []


def test_pages_follow_each_other_without_gap_or_repetition(db: Database, operator: Actor) -> None:
    whole = trail(db, operator, take=1000)
    paged = [
        row["seq"] for skip in range(0, whole.found, 3) for row in trail(db, operator, skip=skip, take=3).rows
    ]
    assert paged == [row["seq"] for row in whole.rows]
    assert paged == list(range(whole.found, 0, -1))


def test_an_administrator_sees_that_it_was_done_and_learns_nothing_of_the_patient(db: Database) -> None:
    rows = trail(db, db.actor("warden"), person="mira").rows
    assert len(rows) == 3
    assert all(row["hidden"] for row in rows)
    assert all(row[name] is None for row in rows for name in ("before", "after", "reason"))
    assert "parvovirus" not in str(rows)
    added = trail(db, db.actor("warden"), action="add_account").rows
    assert not any(row["hidden"] for row in added)


def test_a_data_manager_of_one_site_sees_the_events_of_that_site_alone(db: Database) -> None:
    rows = trail(db, db.actor("keeper")).rows
    assert {row["site"] for row in rows} == {"North"}
    assert not any(row["hidden"] for row in rows)


@pytest.mark.parametrize("name", ["mira", "reader"])
def test_who_may_not_verify_sees_no_trail(db: Database, name: str) -> None:
    with pytest.raises(NotPermitted):
        trail(db, db.actor(name))
    with pytest.raises(NotPermitted):
        people(db, db.actor(name))


def test_everyone_who_did_anything_is_listed(db: Database, operator: Actor) -> None:
    assert people(db, operator) == ["admin", "mira", "nadir"]


def test_what_changed_is_said_in_lines() -> None:
    assert differences(None, {"grade": 3, "site": None}) == ["grade: 3"]
    assert differences({"grade": 2, "site": "nose"}, {"grade": 3, "site": "nose"}) == ["grade: 2 → 3"]
    assert differences({"grade": 2}, None) == ["grade: 2 →"]
    assert differences({"bleed B1": {"grade": 2}}, {"bleed B1": {"grade": 3}, "bleed B2": {"grade": 1}}) == [
        "bleed B1, grade: 2 → 3",
        "bleed B2, grade: 1",
    ]
    assert differences(None, None) == []
    assert differences({"roles": [["*", "admin"]]}, {"roles": [["North", "nurse"], ["*", "admin"]]}) == [
        "roles: admin@* → nurse@North, admin@*"
    ]


def test_a_site_whose_name_holds_a_comma_is_one_site(db: Database, operator: Actor) -> None:
    """Who keeps the record of both halves of the name is not shown that of the whole, and the other way round."""
    names = {"whole": ["Leuven, UZ"], "halves": ["Leuven", " UZ", "UZ"], "percent": ["50%2C"]}
    for name, sites in names.items():
        roles = {site: ["data_manager"] for site in sites}
        accounts.add_account(db, operator, name, roles, today=NOW.date())
    for number, site in enumerate(["Leuven, UZ", "50%2C", "UZ"]):
        record.log(db, operator, "patient", {"patient_id": f"Q{number}", "site": site}, today=NOW.date())
    shown = {name: [row["site"] for row in trail(db, db.actor(name), patient=None).rows] for name in names}
    assert shown == {"whole": ["Leuven, UZ"], "halves": ["UZ"], "percent": ["50%2C"]}
    assert db.verify() == []


def test_sites_joined_in_an_event_come_apart_again() -> None:
    for sites in (["A"], ["A", "B"], ["A,B", "C"], ["100 %"], ["%2C", "%", ","], [None, "A"]):
        assert split_sites(joined(sites)) == sorted(sites, key=lambda one: escaped_site(one or ""))
    assert split_sites(joined(None)) is None
    assert split_sites("100 % North") == ["100 % North"]  # as editions before wrote it
