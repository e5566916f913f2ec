"""The worklist as a page: the most urgent first, narrowed by group, site, mode and action, of the own sites only."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from registry.screens import clock
from tests.screens import watched
from tests.screens.conftest import Open
from tests.screens.test_home import links
from tests.screens.test_pages import said, sound


@pytest.fixture
def north(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clock, "today", lambda db: watched.TODAY)
    return watched.make(tmp_path / "watched.duckdb")


def listed(at: AppTest) -> list[str]:
    return [label.strip("*").replace("\\", "") for label in links(at) if label.startswith("**")]


def test_a_nurse_works_from_the_most_urgent_down(opened: Open, north: Path) -> None:
    at = sound(opened(north, "worklist", as_=watched.NURSE))
    assert listed(at) == ["NOW-1", "LATE-1", "SOON-1"]
    words = said(at)
    assert "Act now" in words
    assert "platelets 12 ×10⁹/L on Mon 30\\-Mar\\-2026" in words
    assert "contact the hematologist now" in words
    assert links(at)["Log a count"].startswith("/log?patient=")


def test_only_the_own_site_is_listed(opened: Open, north: Path) -> None:
    at = sound(opened(north, "worklist", as_=watched.SOUTH_NURSE))
    assert listed(at) == ["FINE-1"]


def test_a_link_from_home_shows_one_group(opened: Open, north: Path) -> None:
    at = opened(north, as_=watched.NURSE)
    at.query_params["show"] = "overdue"
    at = sound(at.switch_page("registry/screens/pages/worklist.py").run())
    assert at.session_state["worklist groups"] in (["overdue"], ["now", "overdue", "soon"])
    sound(at.pills(key="worklist groups").set_value(["overdue"]).run())
    assert listed(at) == ["LATE-1"]


def test_filters_leave_what_fits_and_say_when_nothing_does(opened: Open, north: Path) -> None:
    at = sound(opened(north, "worklist", as_=watched.NURSE))
    sound(at.selectbox(key="worklist action").set_value("recheck_and_contact_now").run())
    assert listed(at) == ["NOW-1"]
    sound(at.pills(key="worklist groups").set_value(["soon"]).run())
    assert "Nobody fits" in said(at)


@pytest.mark.parametrize("as_", [watched.NURSE, "demo-data-manager"])
def test_whoever_reads_the_list_may_take_it(opened: Open, north: Path, as_: str) -> None:
    at = sound(opened(north, "worklist", as_=as_))
    assert len(at.get("download_button")) == 1


def test_who_reviews_has_no_worklist(opened: Open, north: Path) -> None:
    with pytest.raises(ValueError, match="worklist"):
        opened(north, "worklist", as_=watched.READER)


def test_an_empty_worklist_says_whom_it_is_for(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "worklist", as_="demo-nurse"))
    assert "multiple sclerosis" in said(at)
    assert "log the exposure" in said(at)
