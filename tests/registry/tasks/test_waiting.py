"""What waits for a person: each role its own, numbers that are right, and nothing that the role may not know."""

from datetime import date, timedelta
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from registry import accounts, demo, record, review
from registry.entry import drafts, keep
from registry.record.naming import fact_name
from registry.roles import EVERYWHERE, Actor, Role, SecurityEvent
from registry.store.backup import backup
from registry.store.copying import Copies
from registry.store.database import Database
from registry.surveillance.worklist import worklist
from registry.tasks import Waiting, waiting_for
from registry.tasks.counts import split
from registry.tasks.keeping import BACKUP_EVERY_DAYS
from tests.conftest import Clock
from tests.templates import new_registry

TODAY = date(2026, 3, 31)


def someone(db: Database, role: Role, site: str = EVERYWHERE) -> Actor:
    """An account with this role."""
    name = f"{role}-at-{'all' if site == EVERYWHERE else site}".replace("_", "-")
    if not db.rows("SELECT 1 FROM account WHERE name = $1", [name]):
        accounts.add_account(db, db.actor(None), name, {site: [role]}, today=TODAY)
    return db.actor(name)


def by_name(found: list[Waiting]) -> dict[str, Waiting]:
    assert len({one.what for one in found}) == len(found)
    return {one.what: one for one in found}


def patient(db: Database, name: str, site: str, **counts: str) -> None:
    """A patient watched after alemtuzumab for multiple sclerosis since 2025, with counts by ISO day (`d2026_03_30`)."""
    operator = db.actor(None)
    record.log(db, operator, "patient", {"patient_id": name, "site": site}, today=TODAY)
    given = {
        "patient_id": name,
        "exposure_id": f"{name}-E",
        "agent": "alemtuzumab",
        "setting": "multiple_sclerosis",
        "started_on": "2025-01-06",
    }
    record.log(db, operator, "exposure", given, today=TODAY)
    for day, value in counts.items():
        seen = {
            "patient_id": name,
            "observation_id": f"{name}-{day}",
            "observed_at": day[1:].replace("_", "-"),
            "analyte": "platelets",
            "value": value,
            "unit": "10*9/L",
        }
        record.log(db, operator, "observation", seen, today=TODAY)


@pytest.fixture
def watched(registry: Database) -> Database:
    """Four watched patients: one who must act now, one late, one due soon, one in order at another site."""
    patient(registry, "NOW", "north", d2026_03_30="12")
    patient(registry, "LATE", "north", d2026_01_05="200")
    patient(registry, "SOON", "north", d2026_03_04="200")
    patient(registry, "FINE", "south", d2026_03_30="210")
    return registry


def test_a_nurse_sees_the_most_urgent_named_and_only_of_the_own_site(watched: Database) -> None:
    found = by_name(waiting_for(watched, someone(watched, Role.NURSE, "north"), TODAY))
    assert {name: found[name].number for name in ("Act now", "Counts overdue", "Counts due soon")} == {
        "Act now": 1,
        "Counts overdue": 1,
        "Counts due soon": 1,
    }
    assert "NOW, 12 ×10⁹/L on Mon 30 Mar 2026" in found["Act now"].why
    assert "LATE" in found["Counts overdue"].why
    south = by_name(waiting_for(watched, someone(watched, Role.NURSE, "south"), TODAY))
    assert [south[name].number for name in ("Act now", "Counts overdue", "Counts due soon")] == [0, 0, 0]
    assert "NOW" not in " ".join(one.why for one in south.values())


def test_what_is_urgent_stands_first(watched: Database) -> None:
    first = waiting_for(watched, someone(watched, Role.NURSE, "north"), TODAY)[0]
    assert (first.what, first.urgent) == ("Act now", True)


def test_every_watched_patient_stands_in_exactly_one_group(watched: Database) -> None:
    listed = worklist(watched, watched.actor(None), TODAY)
    groups = {name: part["patient_id"].to_pylist() for name, part in split(listed, TODAY).items()}
    assert groups == {"now": ["NOW"], "overdue": ["LATE"], "due": [], "soon": ["SOON"], "later": ["FINE"]}


def test_a_count_without_a_unit_is_offered_for_mending_until_it_is_mended(watched: Database) -> None:
    nurse = someone(watched, Role.NURSE, "north")
    operator = watched.actor(None)
    spoiled = {
        "patient_id": "SOON",
        "observation_id": "X",
        "observed_at": "2026-03-29",
        "analyte": "platelets",
        "value": "31",
    }
    record.log(watched, operator, "observation", spoiled, today=TODAY)
    item = by_name(waiting_for(watched, nurse, TODAY))["Counts that cannot be assessed"]
    assert (item.number, item.address) == (1, "/facts?patient=SOON&kind=observation")
    identity = {"patient_id": "SOON", "observation_id": "X"}
    record.amend(
        watched, operator, "observation", identity, {"unit": "10*9/L"}, "asked the laboratory", 1, today=TODAY
    )
    assert by_name(waiting_for(watched, nurse, TODAY))["Counts that cannot be assessed"].number == 0


def test_a_course_is_asked_after_once_the_next_has_begun(registry: Database, operator: Actor) -> None:
    nurse = someone(registry, Role.NURSE)
    values = {"patient_id": "P1", "site": "north"}
    record.log(registry, operator, "patient", values, today=TODAY)
    episode = {"patient_id": "P1", "episode_id": "E1", "disease": "ITP", "onset_on": "2025-01-01"}
    record.log(registry, operator, "episode", episode, today=TODAY)

    def course(name: str, on: str, **more: str) -> None:
        given = {"episode_id": "E1", "course_id": name, "started_on": on, **more}
        record.log(registry, operator, "course", given, today=TODAY)

    def asked_after() -> int:
        return by_name(waiting_for(registry, nurse, TODAY))["Courses without an end"].number

    course("C1", "2025-01-02")
    assert asked_after() == 0
    course("C2", "2025-06-02", ongoing="yes")
    assert asked_after() == 1
    course("C3", "2026-01-02")
    assert asked_after() == 1  # that C2 goes on was said
    item = by_name(waiting_for(registry, nurse, TODAY))["Courses without an end"]
    assert item.address == "/patient?patient=P1&course=C1"
    changes = {"stopped_on": "2025-05-01"}
    record.amend(
        registry, operator, "course", {"course_id": "C1"}, changes, "found in the letter", 1, today=TODAY
    )
    assert asked_after() == 0


def test_calls_wait_until_they_are_made_again(tmp_path: Path) -> None:
    with new_registry(tmp_path / "cohort.duckdb") as db:
        operator = db.actor(None)
        demo.load(db, operator)
        manager = someone(db, Role.DATA_MANAGER)
        item = by_name(waiting_for(db, manager, TODAY))["Calls out of date"]
        assert (item.number, item.address) == (87, "/home?judge=yes")
        nurse = by_name(waiting_for(db, someone(db, Role.NURSE, "synthetic-north"), TODAY))[
            "Calls out of date"
        ]
        assert 0 < nurse.number < 87
        assert nurse.address.startswith("/patient?patient=SYN-")
        review.rejudge(db, manager)
        assert by_name(waiting_for(db, manager, TODAY))["Calls out of date"].number == 0


def test_whoever_reviews_learns_nothing_of_calls_whatever_other_role_is_held(watched: Database) -> None:
    operator = watched.actor(None)
    roles = {"north": [Role.ADJUDICATOR, Role.NURSE]}
    accounts.add_account(watched, operator, "both", roles, today=TODAY)
    found = by_name(waiting_for(watched, watched.actor("both"), TODAY))
    assert "Calls out of date" not in found
    assert "Cases to read" in found


def test_drafts_are_ones_own(watched: Database) -> None:
    nurse, other = someone(watched, Role.NURSE, "north"), someone(watched, Role.NURSE, "south")
    keep(watched, nurse, "cbc", "SOON", {"value": "31"})
    assert len(drafts(watched, nurse)) == 1
    item = by_name(waiting_for(watched, nurse, TODAY))["Drafts to finish"]
    assert (item.number, item.address) == (1, "/log?patient=SOON&form=cbc")
    assert by_name(waiting_for(watched, other, TODAY))["Drafts to finish"].number == 0


def test_a_backup_is_asked_for_when_there_is_none_and_when_the_last_is_old(
    registry: Database, operator: Actor, clock: Clock, tmp_path: Path
) -> None:
    admin = someone(registry, Role.ADMIN)

    def asked(day: date) -> Waiting:
        return by_name(waiting_for(registry, admin, day))["Backup and verification"]

    assert (asked(TODAY).number, "never backed up" in asked(TODAY).why) == (1, True)
    backup(registry, operator, tmp_path / "copy.duckdb", now=clock)
    assert (asked(TODAY).number, "today" in asked(TODAY).why) == (0, True)
    assert asked(TODAY + timedelta(BACKUP_EVERY_DAYS)).number == 0
    assert asked(TODAY + timedelta(BACKUP_EVERY_DAYS + 1)).number == 1


def test_an_administrator_sees_who_cannot_sign_in_and_nothing_clinical(watched: Database) -> None:
    found = by_name(waiting_for(watched, someone(watched, Role.ADMIN), TODAY))
    assert set(found) == {"Backup and verification", "Accounts locked", "Accounts without a password"}
    assert "admin-at-all" in found["Accounts without a password"].why
    assert not {"NOW", "LATE", "SOON", "FINE"} & set(" ".join(one.why for one in found.values()).split())


def test_a_clinician_is_told_what_others_changed_since_the_last_visit(watched: Database) -> None:
    clinician = someone(watched, Role.CLINICIAN, "north")

    def sign_in() -> None:
        with watched.log_security_event(SecurityEvent.SIGN_IN, clinician.name, by=clinician.name):
            pass

    sign_in()
    first_visit = by_name(waiting_for(watched, clinician, TODAY))
    assert "Patients changed" not in first_visit  # nothing to compare with
    for name in ("SOON", "FINE"):
        values = {
            "patient_id": name,
            "bleed_id": f"{name}-B",
            "started_on": "2026-03-31",
            "scale": "WHO",
            "grade": 1,
        }
        record.log(watched, watched.actor(None), "bleed", values, today=TODAY)
    sign_in()
    item = by_name(waiting_for(watched, clinician, TODAY))["Patients changed"]
    assert (item.number, item.address) == (1, "/patient?patient=SOON")
    sign_in()
    assert by_name(waiting_for(watched, clinician, TODAY))["Patients changed"].number == 0


def test_nobody_without_a_role_is_kept_waiting(watched: Database) -> None:
    assert waiting_for(watched, Actor("nobody", {}), TODAY) == []


def test_the_way_to_a_patient_leads_there_whatever_signs_the_pseudonym_holds(registry: Database) -> None:
    name = "A&B=1 ?#+%20 ~x"
    patient(registry, name, "north", d2026_03_01="240", d2026_03_10="238", d2026_03_20="2")
    given = {
        "patient_id": name,
        "observation_id": "O&1 +~",
        "observed_at": "2026-03-21",
        "analyte": "platelets",
    }
    record.log(registry, registry.actor(None), "observation", {**given, "value": "200"}, today=TODAY)
    actor = someone(registry, Role.NURSE)
    addresses = [
        urlsplit(one.address) for one in waiting_for(registry, actor, TODAY) if "patient=" in one.address
    ]
    assert len(addresses) >= 2
    assert {dict(parse_qsl(one.query))["patient"] for one in addresses} == {name}
    assert all(not one.fragment for one in addresses)
    ids = [dict(parse_qsl(one.query)).get("id") for one in addresses]
    assert fact_name({"patient_id": name, "observation_id": f"{name}-d2026_03_20"}) in ids


def test_a_failed_hourly_backup_is_told_to_those_who_keep_the_registry_until_one_succeeds(
    registry: Database, operator: Actor, clock: Clock, tmp_path: Path
) -> None:
    admin, nurse = someone(registry, Role.ADMIN), someone(registry, Role.NURSE)
    backup(registry, operator, tmp_path / "copy.duckdb")
    registry.copies = Copies(tmp_path / "backups", "The disk is full.", clock())
    item = by_name(waiting_for(registry, admin, TODAY))["Backup and verification"]
    assert item.number == 1
    assert item.why.startswith("The hourly backup failed at ")
    assert "The disk is full." in item.why
    assert "Backup and verification" not in by_name(waiting_for(registry, nurse, TODAY))
    registry.copies = Copies(tmp_path / "backups")
    assert by_name(waiting_for(registry, admin, TODAY))["Backup and verification"].number == 0
