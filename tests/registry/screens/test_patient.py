"""The patient page as each person meets it: what is drawn, what is said beside it, and what stays unsaid."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from registry import review
from registry.exchange.intake import import_path
from tests.registry import edge_patients
from tests.registry.screens.conftest import Open
from tests.templates import cohort_at, new_registry


@pytest.fixture(scope="module")
def edge_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The patients that a page finds hard, judged, closed."""
    folder: Path = tmp_path_factory.mktemp("edge")
    path = folder / "registry.duckdb"
    with new_registry(path) as database:
        operator = database.actor(None)
        import_path(database, operator, edge_patients.write(folder / "bundle"))
        review.rejudge(database, operator)
    return path


def said(at: AppTest) -> str:
    """All words of a page."""
    parts = [*at.title, *at.header, *at.markdown, *at.caption, *at.info, *at.warning, *at.success, *at.error]
    return "\n".join(str(part.value) for part in parts)


def plain(at: AppTest) -> str:
    """The words without the signs that keep a text of the record from being markup."""
    return said(at).replace("\\", "")


def sound(at: AppTest) -> AppTest:
    """No page may break, and none may show an error."""
    assert [str(one.value) for one in at.exception] == []
    assert [str(one.value) for one in at.error] == []
    return at


def chart(at: AppTest) -> Any:
    (one,) = at.get("vega_lite_chart")
    return one.proto


def rows_of(at: AppTest, dataset: str) -> list[dict[str, Any]]:
    """The rows of a layer of the chart on the page."""
    (one,) = [each for each in chart(at).datasets if each.name == dataset and each.has_name]
    frame = convert_arrow_bytes_to_pandas_df(one.data.data)
    return [{str(name): cell for name, cell in row.items()} for row in frame.to_dict("records")]


def everything(at: AppTest) -> Iterator[str]:
    """Every text that the page sends to a browser."""
    for element in at.main:
        yield str(getattr(element, "proto", ""))


# --- reading


def test_a_deep_link_leads_to_the_patient_from_any_page(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, patient="SYN-021"))
    assert "SYN\\-021 · ITP + AIHA (Evans syndrome)" in [title.value for title in at.title]
    spec = json.loads(chart(at).spec)
    assert spec["title"]["text"] == "SYN-021 · ITP + AIHA (Evans syndrome) · synthetic data"


def test_an_unknown_patient_is_named_and_the_search_stays(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, patient="SYN-999"))
    assert "There is no patient SYN-999 in this registry" in plain(at)
    assert at.text_input(key="search").value == ""


def test_the_header_says_how_long_ago_the_last_alemtuzumab_was(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, patient="SYN-003"))
    assert "last alemtuzumab 4 Sep 2011, 6 years 1 month before the last count" in plain(at)


@pytest.mark.parametrize(
    ("zero", "title"),
    [
        ("calendar", "Date"),
        ("diagnosis", "Months from diagnosis of ITP"),
        ("course start", "Months from start of ITP line 2"),
        ("last alemtuzumab", "Months from last alemtuzumab"),
    ],
)
def test_day_zero_is_switched_on_the_page(opened: Open, cohort_path: Path, zero: str, title: str) -> None:
    at = sound(opened(cohort_path, patient="SYN-003"))
    sound(at.segmented_control(key="zero SYN-003").set_value(zero).run())
    assert f'"title": "{title}"' in chart(at).spec


def test_the_thresholds_drawn_are_those_of_the_patients_own_disease(opened: Open, cohort_path: Path) -> None:
    wanted = {"SYN-003": {"CR ≥100", "R ≥30"}, "SYN-035": {"CR >120", "loss <100"}}
    for patient, words in wanted.items():
        at = sound(opened(cohort_path, patient=patient))
        names = [one.name for one in chart(at).datasets if one.name.startswith("levels_")]
        assert {row["label"] for name in names for row in rows_of(at, name)} == words


def test_the_neighbours_are_one_click_away(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, patient="SYN-003"))
    links = {link.proto.label.replace("\\", ""): link.proto.query_string for link in at.get("page_link")}
    assert links["Previous: SYN-002"] == "patient=SYN-002"
    assert links["Next: SYN-004"] == "patient=SYN-004"


# --- the chosen course


def test_without_a_course_in_the_address_the_last_one_is_explained(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, patient="SYN-003"))
    assert at.radio(key="course of SYN-003").value == "SYN-003-ITP-2"
    assert "SYN-003-ITP-2: CR, complete response from 7 Aug 2015, in response from 17 Jul 2015." in plain(at)
    assert "In response for 822 days, until the last count that held it" in plain(at)


def test_a_shared_address_names_the_course_and_the_chart_carries_its_numbers(
    opened: Open, cohort_path: Path
) -> None:
    at = sound(opened(cohort_path, patient="SYN-003", course="SYN-003-ITP-1"))
    assert at.radio(key="course of SYN-003").value == "SYN-003-ITP-1"
    assert "two consecutive failing assessments" in plain(at)
    badges = rows_of(at, "badges")
    assert [badge["number"] for badge in badges] == ["1", "2", "3", "4"]
    assert all(f":gray-badge[{badge['number']}]" in said(at) for badge in badges)


def test_a_course_chosen_with_the_keyboard_goes_into_the_address_and_the_chart(
    opened: Open, cohort_path: Path
) -> None:
    at = sound(opened(cohort_path, patient="SYN-003"))
    before = rows_of(at, "window")
    assert before
    sound(at.radio(key="course of SYN-003").set_value("SYN-003-ITP-1").run())
    assert at.query_params["course"] == "SYN-003-ITP-1"
    assert rows_of(at, "window") != before
    assert "SYN-003-ITP-1: NR" in plain(at)


def test_the_course_of_another_patient_in_the_address_is_passed_over(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, patient="SYN-003", course="SYN-021-ITP-1"))
    assert at.radio(key="course of SYN-003").value == "SYN-003-ITP-2"


def test_the_courses_stand_in_a_table_with_their_calls(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, patient="SYN-003"))
    courses = at.dataframe[0].value
    assert list(courses["best_response"]) == ["NR", "CR"]
    assert list(courses["regimen"]) == ["mycophenolate", "rituximab"]
    evidence = at.dataframe[1].value
    assert list(evidence["number"]) == [1, 2, 3, 4, 5, 6]


# --- who may see what


def test_a_clinician_reads_calls_takes_what_is_shown_and_is_offered_no_entry(
    opened: Open, cohort_path: Path
) -> None:
    at = sound(opened(cohort_path, "patient", as_="demo-clinician", patient="SYN-003"))
    labels = [one.proto.label for one in at.get("download_button")]
    assert "Print as PDF" in labels
    assert "SYN-003 timeline as SVG" in labels
    assert "Download SYN-003 counts as CSV" in labels
    links = [link.proto.label for link in at.get("page_link")]
    assert not {"Log a count", "Log a course", "Correct"} & set(links)
    assert "judge" not in " ".join(one.label.lower() for one in at.button)


def test_a_nurse_is_led_to_where_counts_and_courses_are_logged(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "patient", as_="demo-nurse", patient="SYN-003"))
    links = {link.proto.label: link.proto for link in at.get("page_link")}
    for label, query in {
        "Log a count": "patient=SYN-003&form=cbc",
        "Log a course": "patient=SYN-003&form=course",
        "Correct": "patient=SYN-003",
    }.items():
        assert links[label].query_string == query


@pytest.mark.parametrize(
    "page", ["patient", "facts", "log", "worklist", "proposals", "watched", "audit", "opening"]
)
def test_whoever_reads_cases_blind_has_no_page_of_a_patient(
    opened: Open, cohort_path: Path, page: str
) -> None:
    with pytest.raises(ValueError, match=page):
        opened(cohort_path, page, as_="demo-adjudicator-1", patient="SYN-003", course="SYN-003-ITP-2")


def test_a_shared_address_of_a_course_leads_blind_eyes_to_their_own_home(
    opened: Open, cohort_path: Path
) -> None:
    at = sound(opened(cohort_path, as_="demo-adjudicator-1", patient="SYN-003", course="SYN-003-ITP-2"))
    assert "SYN" not in "\n".join(everything(at))


# --- little to show


@pytest.mark.parametrize(
    ("patient", "words"),
    [
        ("LITTLE-NOTHING", "No course is recorded."),
        ("LITTLE-EPISODE", "no episode recorded"),
        ("LITTLE-COURSES", "No course is recorded."),
        ("LITTLE-COUNTS", "No count is recorded."),
    ],
)
def test_what_is_missing_is_said(opened: Open, edge_path: Path, patient: str, words: str) -> None:
    at = sound(opened(edge_path, "patient", patient=patient))
    assert words in plain(at)
    assert "Synthetic" not in said(at)


def test_a_patient_with_nothing_is_told_what_to_do(opened: Open, edge_path: Path) -> None:
    at = sound(opened(edge_path, "patient", patient="LITTLE-NOTHING"))
    assert "Begin with the diagnosis" in plain(at)
    at = sound(opened(edge_path, "patient", patient="LITTLE-COURSES"))
    assert "Log the first course" in plain(at)
    at = sound(opened(edge_path, "patient", patient="LITTLE-COUNTS"))
    assert "Log a count" in plain(at)


def test_courses_that_wait_are_judged_on_the_page_of_their_patient(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "unjudged.duckdb"
    cohort_at(path, judged=False)
    at = sound(opened(path, "patient", patient="SYN-003"))
    assert "2 courses not assessed yet" in plain(at)
    assert rows_of(at, "badges") == []
    (judge,) = [one for one in at.button if one.label == "Assess this patient now"]
    sound(judge.click().run())
    assert "not assessed yet" not in plain(at)
    assert "SYN-003-ITP-2: CR" in plain(at)
