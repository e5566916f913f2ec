"""The tour: offered once on a first visit to invented patients, step by step through real pages, ended at any time."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from registry.roles import SecurityEvent
from registry.store.database import Database
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_home import ROLES, links
from tests.registry.screens.test_pages import said, sound


def step(at: AppTest) -> str:
    found = [one.value for one in at.markdown if one.value.startswith("**Tour, step")]
    assert len(found) <= 1
    return found[0] if found else ""


@pytest.mark.parametrize("role", ROLES)
def test_every_step_of_every_role_shows_a_page_without_a_fault(
    opened: Open, cohort_path: Path, role: str
) -> None:
    at = sound(opened(cohort_path, as_=role))
    address, number = links(at)["Begin the tour"], 0
    while address:
        page, _, query = address.strip("/").partition("?")
        at.query_params.clear()
        at = at.switch_page(f"registry/screens/pages/{page or 'home'}.py")
        for name, value in (part.split("=") for part in query.split("&")):
            at.query_params[name] = value
        at, number = sound(at.run()), number + 1
        assert f"step {number} of" in step(at)
        onward = [where for label, where in links(at).items() if label.startswith("Next step:")]
        address = onward[0] if onward else ""
    assert number >= 2
    assert f"step {number} of {number}" in step(at)


def test_the_tour_shows_a_patient_who_relapsed_and_nothing_of_it_to_a_blind_reader(
    opened: Open, cohort_path: Path
) -> None:
    at = sound(opened(cohort_path, as_="demo-nurse", tour="2"))
    assert "A patient who responded and relapsed" in step(at)
    assert "lost on" in said(at)
    at = sound(opened(cohort_path, as_="demo-adjudicator-1", tour="2"))
    assert "lost on" not in said(at)


def test_who_declines_is_not_asked_again_but_may_begin_later(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, as_="demo-nurse"))
    assert "New here?" in said(at)
    sound(at.button(key="no tour").click().run())
    assert "New here?" not in said(at)
    assert any(label.startswith("Take the tour") for label in links(at))


def test_the_tour_ends_where_one_ends_it(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, as_="demo-nurse", tour="1"))
    sound(at.button(key="end tour").click().run())
    assert step(at) == ""
    assert "tour" not in at.query_params


def test_who_was_here_before_is_not_new(opened: Open, tmp_path: Path, cohort_path: Path) -> None:
    path = tmp_path / "cohort.duckdb"
    for ending in ("", ".anchor"):
        (tmp_path / f"cohort.duckdb{ending}").write_bytes(Path(f"{cohort_path}{ending}").read_bytes())
    with Database.open(path) as db:
        for _ in range(2):
            with db.log_security_event(SecurityEvent.SIGN_IN, "admin", by="admin"):
                pass
    assert "New here?" not in said(sound(opened(path)))


@pytest.mark.parametrize("wrong", ["99", "0", "-1", "x"])
def test_a_step_that_there_is_not_shows_no_panel(opened: Open, cohort_path: Path, wrong: str) -> None:
    assert step(sound(opened(cohort_path, as_="demo-nurse", tour=wrong))) == ""


def test_a_registry_of_real_patients_offers_no_tour(opened: Open, empty_path: Path) -> None:
    at = sound(opened(empty_path))
    assert "New here?" not in said(at)
    assert not any(label.startswith("Take the tour") for label in links(at))
