"""The home page as each role meets it: what waits, the last changes, and what an empty registry asks for."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from registry import record
from registry.accounts.service import DEMO_USERS
from registry.screens import clock
from registry.store.database import Database
from tests.registry.screens import watched
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_pages import said, sound
from tests.templates import cohort_at

ROLES = ["demo-nurse", "demo-clinician", "demo-adjudicator-1", "demo-data-manager", "demo-admin"]


@pytest.fixture
def north(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Watched patients on 31 March 2026."""
    monkeypatch.setattr(clock, "today", lambda db: watched.TODAY)
    return watched.make(tmp_path / "watched.duckdb")


def waits(at: AppTest) -> dict[str, str]:
    """The numbers of the boxes, without the mark of what is urgent."""
    return {
        metric.label.removeprefix(":red-badge[:material/priority_high: ").removesuffix("]"): metric.value
        for metric in at.metric
    }


def links(at: AppTest) -> dict[str, str]:
    """Where the links of the page lead, by their labels."""
    found: dict[str, Any] = {one.proto.label: one.proto for one in at.get("page_link")}
    return {
        label: f"/{one.page}{'?' + one.query_string if one.query_string else ''}"
        for label, one in found.items()
    }


def everything(at: AppTest) -> str:
    """All words of the page, those of links and boxes among them."""
    return "\n".join([said(at), *waits(at), *links(at)])


@pytest.mark.parametrize("role", ROLES)
def test_every_role_has_a_home_page_without_a_fault(opened: Open, cohort_path: Path, role: str) -> None:
    at = sound(opened(cohort_path, as_=role))
    assert [title.value for title in at.title] == ["Your tasks"]


def test_every_role_of_the_demonstration_is_tried() -> None:
    assert {DEMO_USERS[name] for name in ROLES} == set(DEMO_USERS.values())


def test_a_nurse_sees_the_counts_of_the_own_site_with_the_most_urgent_named(
    opened: Open, north: Path
) -> None:
    at = sound(opened(north, as_=watched.NURSE))
    assert waits(at) == {"Act now": "1", "Counts overdue": "1", "Counts due soon": "1"}
    assert "NOW\\-1" in said(at)
    assert links(at)["Open the list"].startswith("/worklist?show=")
    at = sound(opened(north, as_=watched.SOUTH_NURSE))
    assert waits(at) == {}
    assert "You have no open tasks" in said(at)
    assert not any(name in everything(at) for name in ("NOW", "LATE", "SOON"))


def test_a_data_manager_judges_from_home(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "unjudged.duckdb"
    cohort_at(path, judged=False)
    at = sound(opened(path, as_="demo-data-manager"))
    assert waits(at)["Calls out of date"] == "87"
    sound(at.button(key="judge").click().run())
    assert "Calls out of date" not in waits(at)
    assert "87 courses assessed" in at.toast[0].value


def test_a_nurse_of_one_site_is_led_to_a_patient_instead(opened: Open, tmp_path: Path) -> None:
    path = watched.make(tmp_path / "watched.duckdb")
    with Database.open(path, now=lambda: watched.NOW) as db:
        operator = db.actor(None)
        episode = {"patient_id": "SOON-1", "episode_id": "E", "disease": "ITP", "onset_on": "2026-01-01"}
        record.log(db, operator, "episode", episode, today=watched.TODAY)
        course = {"episode_id": "E", "course_id": "C", "started_on": "2026-01-02"}
        record.log(db, operator, "course", course, today=watched.TODAY)
    at = sound(opened(path, as_=watched.NURSE))
    assert waits(at)["Calls out of date"] == "1"
    assert links(at)["Open SOON\\-1"] == "/patient?patient=SOON-1"
    assert not [one for one in at.button if one.key == "judge"]


def test_who_reviews_reads_neither_calls_nor_the_worklist_here(opened: Open, north: Path) -> None:
    at = sound(opened(north, as_=watched.READER))
    assert waits(at) == {}
    assert "/worklist" not in " ".join(links(at).values())


def test_an_administrator_sees_no_patient(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, as_="demo-admin"))
    assert "Backup and verification" in waits(at)
    assert "SYN" not in everything(at)


def test_the_last_changes_lead_to_their_patients(opened: Open, north: Path) -> None:
    at = sound(opened(north, as_=watched.NURSE))
    assert "admin logged 1 count" in said(at)
    assert links(at)["SOON\\-1"] == "/patient?patient=SOON-1"
    assert "FINE" not in everything(at)


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("demo-nurse", "nadir import"),
        ("demo-data-manager", "nadir import"),
        ("demo-clinician", "A research nurse or a data manager adds the first patient"),
        ("demo-adjudicator-1", "A research nurse or a data manager adds the first patient"),
    ],
)
def test_an_empty_registry_says_what_this_role_does_next(
    opened: Open, empty_path: Path, role: str, words: str
) -> None:
    at = sound(opened(empty_path, as_=role))
    assert "This registry has no patients yet" in said(at)
    assert words in said(at)
    assert ("Add the first patient" in links(at)) == (role in ("demo-nurse", "demo-data-manager"))


def test_a_link_to_a_patient_leads_from_the_root_to_the_patient(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, as_="demo-clinician", patient="SYN-003", course="SYN-003-ITP-2"))
    assert "SYN\\-003" in said(at)
    assert at.query_params["course"] == "SYN-003-ITP-2"
