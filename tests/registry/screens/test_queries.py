"""Queries on values: asked at a fact, listed with their age, answered, asked again, closed; and no reader is named."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from registry import record, review
from tests.conftest import NOW, Clock
from tests.registry.reviewing import House, prepared
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_pages import said, sound

FACT = {"patient": "P1", "kind": "observation", "id": "O2"}
IDENTITY = {"patient_id": "P1", "observation_id": "O2"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three queries of the clinician: one on a value that was amended since, one answered, one at another site."""
    path = tmp_path / "queries.duckdb"
    with prepared(path, Clock(NOW), queried):
        return path


def queried(house: House) -> None:
    db, clinician, nurse = house.db, house.who("clinician"), house.who("nurse")
    review.ask(db, clinician, "observation", IDENTITY, "value", "110 or 11?")
    record.amend(db, nurse, "observation", IDENTITY, {"value": "111"}, "misread", 1)
    name = review.ask(db, clinician, "course", {"course_id": "C1"}, "stopped_on", "So soon?")
    review.answer(db, nurse, name, "Yes, after a rash.")
    other = {"patient_id": "P2", "observation_id": "O1"}
    review.ask(db, clinician, "observation", other, "unit", "g/dL?")


def press(at: AppTest, label: str) -> AppTest:
    (found,) = (one for one in at.button if one.label == label)
    return found.click().run()


def write(at: AppTest, label: str, text: str) -> AppTest:
    (found,) = (one for one in at.text_area if one.label.startswith(label))
    return found.input(text).run()


def listed(at: AppTest) -> list[dict[Any, Any]]:
    return list(at.dataframe[-1].value.to_dict("records"))


def test_ages_stand_by_site_and_the_list_shows_what_is_open(opened: Open, path: Path) -> None:
    at = sound(opened(path, "queries", as_="nurse"))
    ages = at.dataframe[0].value.set_index("site")
    assert dict(ages["open"]) == {"North": 1, "South": 1}
    assert dict(ages["answered"]) == {"North": 1, "South": 0}
    assert dict(ages["median_days"]) == dict(ages["ninetieth_days"])
    assert [row["about"] for row in listed(at)] == ["Counts, Value: 110", "Counts, Unit: g/dL"]
    assert {row["by"] for row in listed(at)} == {"clinician"}


def test_filters_by_state_site_and_who_raised_them_stand_in_the_address(opened: Open, path: Path) -> None:
    at = sound(opened(path, "queries", as_="clinician", state="all", mine="yes"))
    assert len(listed(at)) == 3
    at = sound(at.selectbox(key="queries site").set_value("South").run())
    assert [row["patient"] for row in listed(at)] == ["P2"]
    assert at.query_params["site"] == "South"
    at = sound(opened(path, "queries", as_="nurse", mine="yes"))
    assert "You have raised no query" in said(at)
    at = sound(opened(path, "queries", as_="nurse", state="closed"))
    assert "No query is closed here; in other states there are 3" in said(at)


def test_a_query_on_a_superseded_version_says_so_with_both_values(opened: Open, path: Path) -> None:
    at = sound(opened(path, "queries", as_="nurse", site="North"))
    told = said(at).replace("\\", "")
    assert "**Value: 110**, asked about version 1 of count O2 of P1" in told
    assert "superseded version: the fact was amended since, and it is now **111**" in told
    assert "110 or 11?" in told


def test_a_nurse_answers_and_who_asked_asks_again_and_closes(opened: Open, path: Path) -> None:
    at = sound(opened(path, "queries", as_="nurse", site="North"))
    assert [one.label for one in at.button if one.label in ("Answer", "Ask again", "Close the query")] == [
        "Answer"
    ]
    at = press(at, "Answer")
    assert "Enter a text" in at.error[0].value
    at = sound(press(write(at, "Message", "It was 111."), "Answer"))
    assert "No query is open here" in said(at)
    at = sound(opened(path, "queries", as_="clinician", state="answered", site="North"))
    at = sound(at.selectbox(key="queries one").select_index(0).run())
    assert "It was 111." in said(at).replace("\\", "")
    at = sound(press(write(at, "Message", "And the day?"), "Ask again"))
    at = sound(opened(path, "queries", as_="clinician", site="North"))
    at = sound(press(write(at, "Message", "I see."), "Close the query"))
    assert "No query is open here" in said(at)


def test_a_fact_shows_its_queries_and_one_asks_about_a_column(opened: Open, path: Path) -> None:
    at = sound(opened(path, "facts", as_="clinician", **FACT))
    assert [tab.label for tab in at.tabs] == ["History", "Queries"]
    told = said(at)
    assert "A query is not closed: Value" in told
    assert "superseded version" in told
    (about,) = (one for one in at.selectbox if one.label == "About *")
    assert about.value == "value"
    at = press(at, "Ask")
    assert "Enter a text" in at.error[0].value
    (about,) = (one for one in at.selectbox if one.label == "About *")
    at = about.set_value("unit").run()
    at = sound(press(write(at, "Question", "Per what?"), "Ask"))
    told = said(at).replace("\\", "")
    assert "Your query was saved" in told
    assert "2 queries are not closed: Unit, Value" in told
    assert "Per what?" in told
    at = sound(opened(path, "queries", as_="nurse"))
    assert len(listed(at)) == 3


def test_a_query_on_what_was_amended_meanwhile_is_refused(opened: Open, path: Path) -> None:
    second = sound(opened(path, "facts", as_="clinician", **FACT))
    second = write(second, "Question", "Really?")
    first = sound(opened(path, "facts", as_="nurse", **FACT))
    for label, text in (("Value", "112"), ("Reason for the amendment *", "misread again")):
        (field,) = (one for one in first.text_input if one.label == label)
        first = field.input(text).run()
    sound(press(first, "Save the amendment"))
    second = press(second, "Ask")
    assert "amended by someone else" in second.error[0].value.replace("\\", "")


@pytest.fixture
def from_a_case(tmp_path: Path) -> Path:
    """A reader asks about a value of the case that is being read."""
    path = tmp_path / "blind.duckdb"
    with prepared(path, Clock(NOW)) as house:
        db, one = house.db, house.who("reader-1")
        case = house.cases()["C1"]
        review.claim(db, one, case)
        row = review.opened(db, one, case).content["observations"][1]
        review.ask_in_case(db, one, case, "observations", row["observation_id"], "value", "Is it 110?")
    return path


def test_what_another_asks_in_a_case_is_not_listed_for_whoever_may_still_read_it(
    opened: Open, from_a_case: Path
) -> None:
    told = said(sound(opened(from_a_case, "queries", as_="reader-2")))
    assert "No query was raised here yet" in told
    assert "a reader" not in told


@pytest.mark.parametrize("name", ["nurse", "manager"])
def test_what_a_reader_asks_names_no_reader(opened: Open, from_a_case: Path, name: str) -> None:
    at = sound(opened(from_a_case, "queries", as_=name))
    assert listed(at)[0]["by"] == "a reader"
    assert "**a reader**" in said(at)
    assert "reader-1" not in said(at).replace("\\", "")
    at = sound(opened(from_a_case, "queries", as_=name, mine="yes"))
    assert "You have raised no query" in said(at)


def test_the_reader_finds_the_own_query_among_those_raised_by_them(opened: Open, from_a_case: Path) -> None:
    at = sound(opened(from_a_case, "queries", as_="reader-1", mine="yes"))
    assert listed(at)[0]["by"] == "reader-1"
    assert listed(at)[0]["patient"].startswith("case-")
    assert "as the packet shows it" in said(at)
    assert "P1" not in said(at)
    assert [one for one in at.button if one.label == "See the fact"] == []
    at = sound(press(write(at, "Message", "Seen."), "Close the query"))
    assert "No query is open" in said(at)


def test_home_leads_a_nurse_to_what_is_to_be_answered_and_the_raiser_to_what_was(
    opened: Open, path: Path
) -> None:
    at = sound(opened(path, as_="nurse"))
    assert {one.label: one.value for one in at.metric}["Queries to answer"] == "2"
    at = sound(opened(path, as_="clinician"))
    assert {one.label: one.value for one in at.metric}["Your queries that were answered"] == "1"
