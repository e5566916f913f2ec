"""Every page on an empty registry and on the reference cohort, as a reader meets it."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from registry.database import Database
from tests.screens.conftest import Open

PAGES = (None, "patient", "cohort")


def said(at: AppTest) -> str:
    """All words of a page."""
    parts = [*at.title, *at.header, *at.markdown, *at.caption, *at.info, *at.warning, *at.success, *at.error]
    return "\n".join(str(part.value) for part in parts)


def charts(at: AppTest) -> list[Any]:
    return [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]


def sound(at: AppTest) -> AppTest:
    """No page may break, and none may show an error."""
    assert [str(one.value) for one in at.exception] == []
    assert [str(one.value) for one in at.error] == []
    return at


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_an_empty_registry_says_what_to_do_next(
    opened: Open, empty_path: Path, page: str | None
) -> None:
    at = sound(opened(empty_path, page))
    assert "nadir import" in said(at)
    assert "Synthetic" not in said(at)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_of_the_demonstration_says_that_its_patients_are_invented(
    opened: Open, cohort_path: Path, page: str | None
) -> None:
    assert "Synthetic data" in said(sound(opened(cohort_path, page)))


def test_home_counts_patients_and_courses_and_finds_nothing_waiting(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path))
    assert {metric.label: metric.value for metric in at.metric} == {
        "Patients": "41",
        "Courses": "87",
        "Calls to renew": "0",
        "Courses not judged yet": "0",
    }
    assert "Every course is judged" in said(at)


def test_a_deep_link_leads_to_the_patient_from_any_page(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, patient="SYN-021"))
    assert "SYN\\-021 · ITP + AIHA (Evans syndrome)" in [header.value for header in at.header]
    (chart,) = charts(at)
    assert chart["title"]["text"] == "SYN-021 · ITP + AIHA (Evans syndrome) · synthetic data"


def test_a_page_shows_nothing_but_what_it_means_to(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "patient"))
    assert [one.value for one in at.main.markdown] == []


def test_an_unknown_patient_is_named_and_the_search_stays(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, patient="SYN-999"))
    assert "There is no patient SYN-999 in this registry" in said(at)
    assert at.text_input(key="find").value == ""


def test_a_part_of_the_pseudonym_finds_the_patient(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "patient"))
    sound(at.text_input(key="find").input("02").run())
    picker = at.selectbox(key="pick")
    assert picker.label == "Patient (11 found)"
    sound(picker.select_index(2).run())
    assert at.query_params["patient"] == "SYN-021"
    assert len(charts(at)) == 1


def test_a_search_without_a_match_says_how_to_widen_it(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "patient"))
    at.text_input(key="find").input("nobody").run()
    assert "No patient matches" in said(sound(at))


def test_next_and_previous_walk_through_the_patients_found(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, patient="SYN-003"))
    sound(at.button(key="next").click().run())
    assert at.query_params["patient"] == "SYN-004"
    sound(at.button(key="previous").click().run())
    assert at.query_params["patient"] == "SYN-003"


def test_every_course_has_its_call_and_says_why(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, patient="SYN-003"))
    assert [one.label for one in at.expander] == [
        "ITP line 1, mycophenolate: NR, why",
        "ITP line 2, rituximab: CR, why",
    ]
    why = "\n".join(one.value for one in at.expander[1].markdown)
    assert "complete response" in why
    assert "Rodeghiero 2009" in why
    courses = at.dataframe[0].value
    assert list(courses["best_response"]) == ["NR", "CR"]
    assert list(courses["regimen"]) == ["mycophenolate", "rituximab"]


@pytest.mark.parametrize(
    ("zero", "title"),
    [
        ("calendar", "Date"),
        ("diagnosis", "Months from diagnosis of ITP"),
        ("course start", "Months from start of ITP line 1"),
        ("last alemtuzumab", "Months from last alemtuzumab"),
    ],
)
def test_day_zero_is_switched_on_the_page(opened: Open, cohort_path: Path, zero: str, title: str) -> None:
    at = sound(opened(cohort_path, patient="SYN-003"))
    sound(at.segmented_control(key="zero SYN-003").set_value(zero).run())
    assert f'"title": "{title}"' in at.get("vega_lite_chart")[0].proto.spec


def test_the_thresholds_drawn_are_those_of_the_patients_own_disease(opened: Open, cohort_path: Path) -> None:
    for patient, words in {"SYN-003": {"CR ≥100", "R ≥30"}, "SYN-035": {"CR >120", "loss <100"}}.items():
        at = sound(opened(cohort_path, patient=patient))
        proto = at.get("vega_lite_chart")[0].proto
        levels = [one for one in proto.datasets if one.name.startswith("levels_") and one.has_name]
        assert levels
        from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

        drawn = {
            label
            for one in levels
            for label in convert_arrow_bytes_to_pandas_df(one.data.data).get("label", [])
        }
        assert drawn == words


def test_the_cohort_shows_every_course_and_every_figure_with_its_interval(
    opened: Open, cohort_path: Path
) -> None:
    at = sound(opened(cohort_path, "cohort"))
    swimmer, forest = charts(at)
    assert swimmer["title"]["subtitle"].startswith("87 courses of 41 patients")
    assert "cannot be ranked" in forest["title"]["subtitle"]
    assert "must not be ranked" in said(at)
    first_line = next(
        one.value for one in at.dataframe if "Spontaneous complete response" in list(one.value["label"])
    )
    row = first_line[first_line["label"] == "Spontaneous complete response"].iloc[0]
    assert (row["figure"], row["percent"]) == ("2/34 patients", "5.9 %")


def test_the_swimmer_plot_is_restricted_to_a_disease(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "cohort"))
    sound(at.segmented_control(key="swimmer disease").set_value("AIHA").run())
    assert charts(at)[0]["title"]["subtitle"].startswith("19 courses of 13 patients")


def test_a_registry_that_is_not_there_is_explained(opened: Open, tmp_path: Path) -> None:
    at = opened(tmp_path / "missing.duckdb")
    assert [str(one.value) for one in at.exception] == []
    assert "There is no registry at" in at.error[0].value
    assert "nadir init" in at.error[0].value


def test_a_registry_that_another_program_has_open_is_explained(opened: Open, empty_path: Path) -> None:
    with Database.open(empty_path):
        at = opened(empty_path)
    assert [str(one.value) for one in at.exception] == []
    assert len(at.error) == 1


def test_courses_that_wait_are_judged_from_home(opened: Open, tmp_path: Path) -> None:
    from registry import demo

    path = tmp_path / "unjudged.duckdb"
    with Database.open(path, create=True) as database:
        demo.load(database, database.actor(None))
    at = sound(opened(path))
    assert {metric.label: metric.value for metric in at.metric}["Courses not judged yet"] == "87"
    sound(at.button[0].click().run())
    assert {metric.label: metric.value for metric in at.metric}["Courses not judged yet"] == "0"
    assert "Every course is judged" in said(at)
