"""The cohort page as a clinician, a site's own doctor and a blind reader meet it."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from registry import accounts
from registry.roles import Role
from registry.store.database import Database
from tests.registry.screens.conftest import Open
from tests.templates import cohort_at

CLINICIAN, BLIND, MANAGER = "demo-clinician", "demo-adjudicator-1", "demo-data-manager"
VIEWS = ["response", "duration", "next", "sequences", "remission", "harms", "courses", "summary"]


def said(at: AppTest) -> str:
    """All words of a page."""
    parts = [*at.title, *at.header, *at.markdown, *at.caption, *at.info, *at.warning, *at.error]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def charts(at: AppTest) -> list[Any]:
    return [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]


def subtitle(chart: dict[str, Any]) -> str:
    return " ".join(chart["title"]["subtitle"])


def sound(at: AppTest) -> AppTest:
    """No page may break, and none may show an error."""
    assert [str(one.value) for one in at.exception] == []
    assert [str(one.value) for one in at.error] == []
    return at


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_is_drawn_says_what_it_shows_and_that_it_is_invented(
    opened: Open, cohort_path: Path, view: str
) -> None:
    at = sound(opened(cohort_path, "cohort", CLINICIAN, view=view))
    assert at.segmented_control(key="cohort view").value == view
    drawn = charts(at)
    assert drawn
    for chart in drawn:
        assert "Synthetic data: every patient is invented" in subtitle(chart)
        if view != "summary":
            assert "All courses: 41 patients, 87 courses" in subtitle(chart)


def test_response_stands_with_its_interval_and_is_not_ranked(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "cohort", CLINICIAN))
    table = at.dataframe[0].value
    row = table[(table["disease"] == "ITP") & (table["group"] == "TPO-RA")].iloc[0]
    assert list(row[["of", "share", "interval", "not_evaluable"]]) == ["12/15", "80.0 %", "51.9–95.7 %", 1]
    assert "All intervals overlap: these regimens must not be ranked." in said(at)
    at.segmented_control(key="cohort by").set_value("line").run()
    table = sound(at).dataframe[0].value
    assert list(table[table["disease"] == "ITP"]["of"]) == ["20/32", "16/22", "11/11", "1/1"]
    assert at.query_params["by"] == "line"


def test_the_filter_goes_into_the_address_and_onto_every_figure(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "cohort", CLINICIAN))
    at.segmented_control(key="filter disease").set_value("ITP").run()
    at.selectbox(key="filter line").set_value("2-").run()
    at.text_input(key="filter from").input("2010").run()
    sound(at)
    assert (at.query_params["disease"], at.query_params["line"], at.query_params["from"]) == (
        "ITP",
        "2-",
        "2010",
    )
    words = "ITP, line 2 and later, begun 2010 or later: "
    assert words in said(at)
    assert words in subtitle(charts(at)[0])
    at.button(key="filter clear").click().run()
    assert "All courses: 41 patients" in said(sound(at))
    assert at.segmented_control(key="filter disease").value == "All"
    assert "disease" not in at.query_params


def test_an_address_opens_the_view_that_was_sent(opened: Open, cohort_path: Path) -> None:
    at = opened(
        cohort_path,
        "cohort",
        CLINICIAN,
        disease="ITP",
        regimen="TPO_RA",
        line="2-",
        view="duration",
        by="line",
    )
    assert "ITP, TPO-RA, line 2 and later: " in said(sound(at))
    assert at.multiselect(key="filter regimens").value == ["TPO_RA"]
    (chart,) = charts(at)
    assert chart["title"]["text"] == "Duration of response by line"


def test_what_an_address_cannot_mean_is_named_and_the_rest_is_shown(opened: Open, cohort_path: Path) -> None:
    at = opened(cohort_path, "cohort", CLINICIAN, disease="ITP", line="second", view="nonsense")
    assert [str(one.value) for one in at.exception] == []
    errors = " ".join(str(one.value) for one in at.error).replace("\\", "")
    assert "'second' is no line of therapy" in errors
    assert "There is no view nonsense here" in errors
    assert "ITP: 34 patients, 68 courses" in said(at)


def test_a_day_that_cannot_be_read_is_said_beside_the_field_and_changes_nothing(
    opened: Open, cohort_path: Path
) -> None:
    at = sound(opened(cohort_path, "cohort", CLINICIAN))
    at.text_input(key="filter from").input("next week").run()
    assert "'next week' is no day. Write a year (2019)" in said(at)
    assert "from" not in at.query_params
    assert "All courses: 41 patients" in said(at)
    at.text_input(key="filter from").input("2015-06").run()
    assert "Begun 2015-06 or later: " in said(sound(at))
    at.text_input(key="filter to").input("3 feb 2017").run()
    assert "Begun 2015-06 to 2017-02-03: " in said(sound(at))
    assert at.query_params["to"] == "2017-02-03"


def test_a_filter_that_finds_nothing_says_what_to_do(opened: Open, cohort_path: Path) -> None:
    for view in VIEWS[:-1]:
        at = sound(opened(cohort_path, "cohort", CLINICIAN, **{"from": "2100"}, view=view))
        assert "Widen the filter above, or clear it" in said(at)
        assert charts(at) == []


def test_a_blind_reader_sees_figures_of_the_whole_cohort_and_nothing_that_rests_on_a_call(
    opened: Open, cohort_path: Path
) -> None:
    at = sound(opened(cohort_path, "cohort", BLIND))
    assert at.segmented_control(key="cohort view").options == [
        "Next course",
        "Sequences",
        "Adverse events",
    ]
    assert "only figures of the whole cohort are shown" in said(at)
    assert not at.multiselect
    assert "This account cannot see calls" in said(at)
    for view in ("next", "sequences", "harms"):
        at.segmented_control(key="cohort view").set_value(view).run()
        words = json.dumps(charts(sound(at))) + said(at)
        assert "itp-iwg" not in words
        assert "onset of response" not in words
        for chart in charts(at):
            assert "Relapse" not in json.dumps(chart)
    for view in ("response", "summary", "courses"):
        at = opened(cohort_path, "cohort", BLIND, view=view)
        assert f"There is no view {view} here" in said(at)
        assert "Responded" not in said(at)
        assert not any("of" in one.value for one in at.dataframe)


def test_a_doctor_of_one_site_sees_that_site_and_no_other(
    opened: Open, cohort_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "sites.duckdb"
    with Database.open(cohort_at(path, judged=False)) as database:
        accounts.add_account(
            database,
            database.actor(None),
            "north",
            {"synthetic-north": [Role.CLINICIAN]},
            today=database.rows("SELECT DATE '2026-03-31'")[0][0],
        )
    at = sound(opened(path, "cohort", "north"))
    assert "All courses, site synthetic-north: 13 patients" in said(at)
    assert at.multiselect(key="filter sites").options == ["synthetic-north"]
    at = opened(path, "cohort", "north", site="synthetic-south")
    assert [str(one.value) for one in at.exception] == []
    assert "north may not see figures of the cohort at synthetic-south" in said(at)
    assert charts(at) == []


def test_courses_without_calls_are_said_to_wait(opened: Open, tmp_path: Path) -> None:
    path = tmp_path / "unjudged.duckdb"
    cohort_at(path, judged=False)
    at = sound(opened(path, "cohort", CLINICIAN))
    assert "87 of these courses are not assessed yet" in said(at)


def test_a_patient_is_opened_from_the_swimmer_plot_and_from_the_list_below_it(
    opened: Open, cohort_path: Path
) -> None:
    at = sound(opened(cohort_path, "cohort", CLINICIAN, view="courses", disease="AIHA"))
    assert charts(at)[0]["title"]["subtitle"][0].startswith("19 courses of 13 patients")
    at.selectbox(key="open patient").set_value("SYN-035").run()
    assert at.query_params["patient"] == "SYN-035"
    assert any("SYN-035" in header for header in said(sound(at)).splitlines())


def test_only_who_may_export_figures_is_offered_their_download(opened: Open, cohort_path: Path) -> None:
    def offered(account: str) -> bool:
        at = sound(opened(cohort_path, "cohort", account))
        return any("Download" in str(getattr(one, "label", "")) for one in at.get("download_button"))

    assert offered(CLINICIAN)
    assert not offered("demo-nurse")


def test_the_summary_is_of_all_patients_and_says_so(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "cohort", CLINICIAN, view="summary", disease="AIHA"))
    assert "All patients, regardless of the filter above" in said(at)
    first_line = next(
        one.value for one in at.dataframe if "Spontaneous complete response" in list(one.value["label"])
    )
    row = first_line[first_line["label"] == "Spontaneous complete response"].iloc[0]
    assert (row["figure"], row["percent"]) == ("2/34 patients", "5.9 %")
