"""The page of erasure requests does what the command does; the patient page and the cohort say who is left out."""

from pathlib import Path

import pytest

from registry import accounts, record
from registry.screens.session import open_registry
from registry.store.database import Database
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_home import waits
from tests.registry.screens.test_pages import said, sound
from tests.templates import cohort_at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The cohort with two more administrators, and a patient who refused."""
    path = cohort_at(tmp_path / "registry.duckdb")
    with Database.open(path) as db:
        for name in ("mira", "ines"):
            accounts.add_account(db, db.actor(None), name, {"*": ["admin"]}, today=db.now().date())
        values = {
            "patient_id": "SYN-004",
            "decided_on": "2024-03-12",
            "consent": "refused",
            "consent_id": "CN1",
        }
        record.log(db, db.actor(None), "consent", values)
    return path


def test_an_administrator_asks_and_another_confirms(opened: Open, path: Path) -> None:
    at = sound(opened(path, "erasure", as_="mira"))
    at.text_input(key="erasure patient").set_value("SYN-003")
    at.text_input(key="erasure why").set_value("asked by letter")
    at = sound(at.button(key="FormSubmitter:erasure ask-Ask").click().run())
    assert "Another administrator confirms it" in at.success[0].value
    at = sound(at.selectbox(key="erasure chosen").set_value("SYN-003").run())
    assert "erasure confirm" not in {button.key for button in at.button}
    at = sound(opened(path, "home", as_="ines"))
    assert waits(at)["Erasures to confirm"] == "1"
    at = sound(opened(path, "erasure", as_="ines"))
    assert at.dataframe[0].value.to_dict("records")[0]["asked_by"] == "mira"
    at = sound(at.selectbox(key="erasure chosen").set_value("SYN-003").run())
    at.text_input(key="erasure confirmed why").set_value("SYN-003 wrote")
    at = at.button(key="erasure confirm").click().run()
    assert "without the pseudonym" in at.error[0].value
    at.text_input(key="erasure confirmed why").set_value("checked")
    at = sound(at.button(key="erasure confirm").click().run())
    assert at.success[0].value.startswith("Erased")
    assert "No erasure waits" in said(at)
    assert open_registry().rows("SELECT 1 FROM patient WHERE patient_id = 'SYN-003'") == []
    assert open_registry().verify() == []


def test_what_was_asked_is_taken_back(opened: Open, path: Path) -> None:
    at = sound(opened(path, "erasure", as_="mira"))
    at.text_input(key="erasure patient").set_value("SYN-003")
    at.text_input(key="erasure why").set_value("asked by letter")
    at = sound(at.button(key="FormSubmitter:erasure ask-Ask").click().run())
    at = sound(at.selectbox(key="erasure chosen").set_value("SYN-003").run())
    at = sound(at.button(key="erasure take back").click().run())
    assert "Taken back" in at.success[0].value
    assert open_registry().rows("SELECT count(*) FROM erasure_request") == [(0,)]


def test_nobody_but_an_administrator_has_the_page(opened: Open, path: Path) -> None:
    with pytest.raises(ValueError, match="erasure"):
        opened(path, "erasure", as_="demo-nurse")


def test_the_pages_say_who_is_left_out(opened: Open, path: Path) -> None:
    at = sound(opened(path, "patient", patient="SYN-004"))
    assert [warning.value for warning in at.warning if "refused" in warning.value] == [
        "This patient refused (12 Mar 2024): in no figure, export or packet. Surveillance goes on."
    ]
    labels = [str(getattr(one, "label", "")) for one in at.get("download_button")]
    assert not [label for label in labels if label.startswith(("Download SYN-004 ", "SYN-004 timeline"))]
    assert "is left out" in said(sound(opened(path, "cohort")))
    assert "is left out" in said(sound(opened(path, "cohort", view="summary")))
