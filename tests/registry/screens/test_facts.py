"""The page Facts: everything recorded of a patient, its history, and taking a fact back."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.registry.facts_for_tests import copied
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_pages import said, sound


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
    assert "Platelets **281** ×10⁹/L on Mon 16 Oct 2017" in said(at)


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
    (reason,) = (field for field in at.text_input if field.label.startswith("Reason for the withdrawal"))
    reason.input("Typed for the wrong patient")
    (withdraw,) = (button for button in at.button if button.label == "Withdraw this fact")
    withdraw.click()
    at = sound(at.run())
    assert kinds(at)["Counts"] == "60"
    assert "Withdrawal of 16 Oct 2017 · platelets 281 ×10⁹/L saved" in said(at)


def test_a_clinician_reads_the_history_and_is_offered_no_change(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "facts", as_="demo-clinician", patient="SYN-003"))
    at.selectbox(key="facts id").select_index(0)
    at = sound(at.run())
    assert "**Imported** by admin" in said(at)
    assert [button.label for button in at.button if "Withdraw" in button.label] == []
    assert [tab.label for tab in at.tabs] == ["History", "Queries"]


def test_without_a_patient_one_is_found_by_typing(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "facts", as_="demo-nurse"))
    sound(at.text_input(key="finder").input("SYN-021").run())
    sound(at.button(key="found SYN-021").click().run())
    assert at.query_params["patient"] == "SYN-021"
    assert kinds(at)["Episodes"] == "2"


def field(at: AppTest, label: str) -> Any:
    (found,) = (one for one in at.text_input if one.label == label)
    return found


def press(at: AppTest, label: str) -> AppTest:
    (button,) = (one for one in at.button if one.label.startswith(label))
    return button.click().run()


COUNT = {"patient": "SYN-025", "kind": "observation", "id": "SYN-025-L011"}


def corrected(at: AppTest, value: str, why: str) -> AppTest:
    at = field(at, "Value").input(value).run()
    at = field(at, "Reason for the amendment *").input(why).run()
    return press(at, "Save the amendment")


def test_a_corrected_count_changes_its_call_and_says_why_and_is_undone(opened: Open, own_path: Path) -> None:
    at = sound(opened(own_path, "facts", as_="demo-nurse", **COUNT))
    at = sound(corrected(at, "8", "typed wrong"))
    told = said(at).replace("\\", "")
    assert "SYN-025-ITP-1: CR → NR" in told
    assert "NR: the response began too late to be attributed, with platelets" in told
    assert "Value: 260 → 8" in told
    assert "**Amended** by demo-nurse: typed wrong" in told
    at = sound(press(at, "Undo"))
    told = said(at).replace("\\", "")
    assert "undone" in told
    assert "SYN-025-ITP-1: NR → CR" in told
    assert field(at, "Value").value == "260"


def test_an_amendment_needs_a_reason_and_something_that_is_changed(opened: Open, own_path: Path) -> None:
    at = sound(opened(own_path, "facts", as_="demo-nurse", **COUNT))
    at = press(at, "Save the amendment")
    assert at.error[0].value == "Nothing is changed yet\\."
    at = field(at, "Value").input("8").run()
    at = press(at, "Save the amendment")
    assert "reason" in at.error[0].value
    assert field(at, "Value").value == "8"


def test_who_comes_second_sees_both_versions_and_loses_nothing(opened: Open, own_path: Path) -> None:
    first = sound(opened(own_path, "facts", as_="demo-nurse", **COUNT))
    second = sound(opened(own_path, "facts", as_="demo-data-manager", **COUNT))
    sound(corrected(first, "250", "read again"))
    second = corrected(second, "25", "the laboratory corrected it")
    assert [str(one.value) for one in second.exception] == []
    told = said(second).replace("\\", "")
    assert "demo-nurse on" in told
    assert "amended this fact meanwhile, because: read again" in told
    (both,) = (one.value for one in second.table)
    assert [list(row) for row in both.itertuples(index=False)] == [["Value", "260", "250", "25"]]
    assert field(second, "Value").value == "25"
    second = sound(press(second, "Apply mine to version 2"))
    told = said(second).replace("\\", "")
    assert "Value: 250 → 25" in told
    assert "Value: 260 → 250" in told


def test_who_comes_second_may_let_it_be(opened: Open, own_path: Path) -> None:
    first = sound(opened(own_path, "facts", as_="demo-nurse", **COUNT))
    second = sound(opened(own_path, "facts", as_="demo-data-manager", **COUNT))
    sound(corrected(first, "250", "read again"))
    second = corrected(second, "25", "the laboratory corrected it")
    second = sound(press(second, "Let it be"))
    assert field(second, "Value").value == "250"


def test_it_stands_beside_a_fact_what_is_said_to_be_missing(opened: Open, own_path: Path) -> None:
    at = sound(opened(own_path, "log", as_="demo-nurse", patient="SYN-003", form="transfusion"))
    at = sound(field(at, "Day *").input("3/2/26").run())
    at = sound(at.pills[0].set_value("platelets").run())
    at = sound(field(at, "Units given").input("unk").run())
    sound(press(at, "Save"))
    at = sound(opened(own_path, "facts", as_="demo-nurse", patient="SYN-003", kind="transfusion"))
    assert "Units: unknown, given by demo-nurse on" in said(at).replace("\\", "")
