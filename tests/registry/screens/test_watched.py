"""One watched patient, and the episodes that counts propose, as pages."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from registry import record
from registry.screens import clock
from registry.screens.session import open_registry
from registry.store.database import Database
from tests.registry.screens import watched
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_home import links, waits
from tests.registry.screens.test_pages import said, sound
from tests.registry.screens.test_worklist import press


@pytest.fixture
def north(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clock, "now", lambda db: watched.NOW)
    return watched.make(tmp_path / "watched.duckdb")


def add(path: Path, table: str, **values: str) -> None:
    with Database.open(path, now=lambda: watched.NOW) as db:
        record.log(db, db.actor(None), table, values, today=watched.TODAY)


def count(path: Path, name: str, day: str, value: str) -> None:
    seen = {"observation_id": f"{name} {day}", "observed_at": day, "analyte": "platelets"}
    add(path, "observation", patient_id=name, **seen, value=value, unit="10*9/L")


def words(at: AppTest) -> str:
    return said(at).replace("\\", "")


def test_the_page_says_where_the_patient_stands_and_gives_the_papers(opened: Open, north: Path) -> None:
    count(north, "NOW-1", "2026-03-31", "14")
    add(north, "outcome", patient_id="NOW-1", outcome_id="O", done_on="2026-03-30", outcome="no_answer")
    at = sound(opened(north, "watched", as_=watched.NURSE, patient="NOW-1"))
    assert at.title[0].value == "NOW\\-1 · surveillance"
    told = words(at)
    assert "Recheck the count and contact the hematologist now." in told
    assert "**No answer** on Mon 30 Mar 2026" in told
    assert "**As soon as possible**, by Tue 31 Mar 2026" in told
    assert "Then Thu 30 Apr 2026" in told
    assert "**14** ×10⁹/L" in told
    assert "2018;9(3):118-23, for multiple sclerosis" in told.replace("\\", "")
    labels = [one.proto.label for one in at.get("download_button")]
    assert labels[:3] == ["Leaflet for the patient", "Calendar of the counts", "Referral letter"]
    assert "Contacted" in [one.label for one in at.button]


def test_a_transplant_patient_is_told_to_be_outside_the_protocol(opened: Open, north: Path) -> None:
    add(north, "patient", patient_id="TX", site="north")
    exposure = {"agent": "alemtuzumab", "setting": "renal_transplant", "started_on": "2024-01-06"}
    add(north, "exposure", patient_id="TX", exposure_id="X", **exposure)
    at = opened(north, "watched", as_=watched.NURSE, patient="TX")
    assert [str(one.value) for one in at.exception] == []
    assert "are for living patients with alemtuzumab for multiple sclerosis" in str(at.warning[0].value)
    at = sound(opened(north, "patient", as_=watched.NURSE, patient="TX"))
    assert "is a rule for multiple sclerosis, and it is not a rule for transplant patients" in words(at)


def test_month_49_follows_symptoms_and_nobody_is_discharged(opened: Open, north: Path) -> None:
    add(north, "patient", patient_id="OLD", site="north")
    exposure = {"agent": "alemtuzumab", "setting": "multiple_sclerosis", "started_on": "2022-02-28"}
    add(north, "exposure", patient_id="OLD", exposure_id="X", **exposure)
    at = sound(opened(north, "watched", as_=watched.NURSE, patient="OLD"))
    assert "by symptoms" in words(at)
    assert "nobody is discharged" in words(at).casefold()
    labels = [one.proto.label for one in at.get("download_button")]
    assert labels[:2] == ["Leaflet for the patient", "Referral letter"]


def test_the_patient_page_and_the_log_lead_to_surveillance(opened: Open, north: Path) -> None:
    for page in ("patient", "log"):
        at = sound(opened(north, page, as_=watched.NURSE, patient="NOW-1"))
        assert "Recheck the count and contact the hematologist now." in words(at)
        assert links(at)["Open"] == "/watched?patient=NOW-1"


def test_a_confirmed_thrombocytopenia_waits_on_home_and_is_accepted_once(opened: Open, north: Path) -> None:
    count(north, "NOW-1", "2026-03-31", "14")
    at = sound(opened(north, as_=watched.NURSE))
    assert waits(at)["Proposed episodes"] == "1"
    at = sound(opened(north, "proposals", as_=watched.NURSE))
    assert "Platelets **12** ×10⁹/L on Mon 30 Mar 2026, confirmed by **14**" in words(at)
    at = press(at, "Accept: open the episode")
    assert open_registry().rows("SELECT disease, onset_on::TEXT FROM episode_view") == [("ITP", "2026-03-30")]
    assert "an episode of ITP was opened" in words(at)
    at = press(at, "Undo")
    assert open_registry().rows("SELECT 1 FROM episode_view") == []
    assert "Accept: open the episode" in [one.label for one in at.button]


def test_a_clinician_rejects_with_a_reason_and_is_not_asked_again(opened: Open, north: Path) -> None:
    count(north, "NOW-1", "2026-03-31", "14")
    at = sound(opened(north, "proposals", as_=watched.CLINICIAN))
    next(one for one in at.button if one.label == "Reject, for this reason").click()
    at.run()
    assert at.error
    at.text_input[0].set_value("clumps on the smear").run()
    at = press(at, "Reject, for this reason")
    answers = open_registry().rows("SELECT answer, reason FROM proposal_answer_view")
    assert answers == [("rejected", "clumps on the smear")]
    assert "No counts propose an episode now." in words(at)


def test_a_missed_deadline_waits_on_the_home_page_of_the_physician(opened: Open, north: Path) -> None:
    at = sound(opened(north, as_=watched.CLINICIAN))
    assert waits(at)["Deadlines missed"] == "1"
    assert "Escalated to you" in words(at)


@pytest.mark.parametrize("page", ["watched", "proposals"])
def test_who_reviews_has_no_part_in_surveillance(opened: Open, north: Path, page: str) -> None:
    with pytest.raises(ValueError, match=page):
        opened(north, page, as_=watched.READER)


def test_signs_and_outcomes_are_typed_on_log_too_and_corrected_on_facts(opened: Open, north: Path) -> None:
    at = sound(opened(north, "log", as_=watched.NURSE, patient="NOW-1", form="sign"))
    typed = {one.label: one for one in at.text_input}
    typed["Noticed on *"].set_value("today")
    typed["Sign *"].set_value("coughing")
    at = press(sound(at.run()), "Save")
    assert open_registry().rows("SELECT patient_id, sign FROM sign_view") == [("NOW-1", "coughing_blood")]
    at = sound(opened(north, "log", as_=watched.NURSE, patient="NOW-1", form="outcome"))
    typed = {one.label: one for one in at.text_input}
    typed["Done on *"].set_value("today")
    typed["What was done *"].set_value("recheck")
    typed["Recheck on"].set_value("+2d")
    at = press(sound(at.run()), "Save")
    assert open_registry().rows("SELECT outcome FROM outcome_view") == [("recheck_arranged",)]
    for kind in ("sign", "outcome"):
        at = sound(opened(north, "facts", as_=watched.NURSE, patient="NOW-1", kind=kind))
        assert "Amend" in [one.label for one in at.tabs]
