"""The page Facts: everything recorded of a patient, its history, and taking a fact back."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.registry.facts_for_tests import copied
from tests.screens.conftest import Open
from tests.screens.test_pages import said, sound


@pytest.fixture
def own_path(cohort_path: Path, tmp_path: Path) -> Path:
    """The reference cohort in a registry that the test may change."""
    return copied(cohort_path, tmp_path / "own.duckdb")


def kinds(at: AppTest) -> dict[str, str]:
    """The kinds of facts offered, with their numbers."""
    return dict(option.rstrip(")").split(" (") for option in at.pills(key="facts kind").options)


def test_every_kind_of_fact_is_offered_with_its_number(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "facts", as_="demo-nurse", patient="SYN-003"))
    assert kinds(at)["Counts"] == "61"
    assert kinds(at)["Courses"] == "2"
    assert len(at.dataframe[0].value) == 61
    assert "SYN\\-003" in said(at)
    assert "Platelets **281** ×10⁹/L on Mon 16-Oct-2017" in said(at)


def test_a_fact_has_an_address_and_its_history_says_who_when_and_why(opened: Open, cohort_path: Path) -> None:
    query = {"patient": "SYN-003", "kind": "observation", "id": "SYN-003-L007"}
    at = sound(opened(cohort_path, "facts", as_="demo-nurse", **query))
    assert at.selectbox(key="facts id").value == "SYN-003-L007"
    assert "**Imported** by admin" in said(at)
    assert "UTC, version 1" in said(at)


def test_a_fact_is_withdrawn_with_a_reason_and_its_calls_are_judged_again(
    opened: Open, own_path: Path
) -> None:
    at = sound(opened(own_path, "facts", as_="demo-nurse", patient="SYN-003"))
    at.selectbox(key="facts id").select_index(0)
    at = sound(at.run())
    (withdraw,) = (button for button in at.button if button.label == "Withdraw this fact")
    withdraw.click()
    at = at.run()
    assert "reason" in at.error[0].value
    assert kinds(at)["Counts"] == "61"
    (reason,) = (field for field in at.text_input if field.label.startswith("Why it is withdrawn"))
    reason.input("Typed for the wrong patient")
    (withdraw,) = (button for button in at.button if button.label == "Withdraw this fact")
    withdraw.click()
    at = sound(at.run())
    assert kinds(at)["Counts"] == "60"
    assert "Withdrawal of 16\\-Oct\\-2017 · platelets 281 ×10⁹/L saved" in said(at)


def test_a_clinician_reads_the_history_and_is_offered_no_change(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "facts", as_="demo-clinician", patient="SYN-003"))
    at.selectbox(key="facts id").select_index(0)
    at = sound(at.run())
    assert "**Imported** by admin" in said(at)
    assert [button.label for button in at.button if "Withdraw" in button.label] == []
    assert [tab.label for tab in at.tabs] == ["History"]


def test_without_a_patient_one_is_found_by_typing(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "facts", as_="demo-nurse"))
    sound(at.text_input(key="finder").input("SYN-021").run())
    sound(at.button(key="found 1").click().run())
    assert at.query_params["patient"] == "SYN-021"
    assert kinds(at)["Episodes"] == "2"
