"""The page Agreement: what the figures rest on, the matrices, the coefficients, and the switch."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from registry.store.database import Database
from tests.registry.screens import reviewed
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_pages import said, sound


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return reviewed.make(tmp_path / "reviewed.duckdb")


def test_it_says_how_many_cases_are_decided_and_how_many_stand_outside(opened: Open, path: Path) -> None:
    told = said(sound(opened(path, "agreement", as_="clinician")))
    assert "**3 decided cases** of all sites" in told
    assert "1 that wait for a decision, 1 of them in dispute" in told
    assert "Onsets lie **2.0 days** apart on average (median 2), in 1 case" in told


def test_the_matrix_stands_as_a_table_beside_its_chart(opened: Open, path: Path) -> None:
    at = sound(opened(path, "agreement", as_="clinician"))
    rows = at.dataframe[0].value.to_dict("records")
    assert rows[0] == {"machine": "CR", "is CR": 1, "is R": 0, "is NR": 0}
    assert rows[1] == {"machine": "R", "is CR": 0, "is R": 0, "is NR": 1}


def test_each_group_is_compared_by_what_is_chosen(opened: Open, path: Path) -> None:
    at = sound(opened(path, "agreement", as_="clinician"))
    (by,) = at.segmented_control
    for chosen, names in (
        ("disease", ["ITP"]),
        ("criteria", ["itp-iwg-2009"]),
        ("line", ["Line 1", "Line 2"]),
        ("density", ["Dense counts", "Sparse counts"]),
    ):
        (by,) = at.segmented_control
        at = sound(by.set_value(chosen).run())
        groups = list(at.dataframe[1].value["group"])
        assert set(groups) <= set(names), chosen
        assert sum(at.dataframe[1].value["n"]) == 3
    assert "DEF-REV-14" in said(at)


def test_the_published_figures_stand_beside_with_their_source(opened: Open, path: Path) -> None:
    told = said(sound(opened(path, "agreement", as_="clinician"))).replace("\\", "")
    for words in (
        "**0.83**",
        "**0.56**",
        "10.1371/journal.pone.0285125",
        "**0.51**",
        "Blood 2014;124:3521",
        "never pooled",
    ):
        assert words in told


def test_before_the_first_decision_nothing_is_said_of_agreement(opened: Open, tmp_path: Path) -> None:
    path = reviewed.make(tmp_path / "undecided.duckdb", decided=False)
    at = sound(opened(path, "agreement", as_="manager"))
    told = said(at)
    assert "No case was opened yet, so agreement is not known" in told
    assert "**Not known yet.**" in told
    assert "0 of 36 sampled calls" in told.replace("\\", "")
    assert "Sampled but not decided yet: 0." in told.replace("\\", "")
    assert len(at.dataframe) == 0
    assert "κ" not in told


def test_an_empty_registry_has_the_page_too(opened: Open, empty_path: Path) -> None:
    assert "**0 decided cases**" in said(sound(opened(empty_path, "agreement")))


def offered(at: AppTest) -> list[str]:
    """The labels of what may be taken."""
    return [str(one.proto.label) for one in at.get("download_button")]


def test_whoever_may_export_figures_takes_charts_and_tables(opened: Open, path: Path) -> None:
    labels = offered(sound(opened(path, "agreement", as_="clinician")))
    for name in ("matrix of all decided cases", "coefficients of agreement"):
        assert {f"{name} as {kind}" for kind in ("SVG", "PNG", "CSV")} <= set(labels)
    assert "Download agreement by disease as CSV" in labels
    assert offered(sound(opened(path, "agreement", as_="nurse"))) == []


@pytest.mark.parametrize("name", ["reader-1", "reading-nurse", "reading-manager"])
def test_whoever_still_reads_has_not_the_page(opened: Open, path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="agreement"):
        opened(path, "agreement", as_=name)


def test_the_switch_says_no_once_the_upper_bound_exceeds_the_limit(opened: Open, path: Path) -> None:
    with Database.open(path) as db:
        from registry.roles import Action

        with db.change(db.actor(None), Action.OPEN_CASES, "drawn") as change:
            change.execute("UPDATE review_case SET drawn = true, accepted = true")
    told = said(opened(path, "agreement", as_="clinician"))
    assert "**No.** The upper bound exceeds the limit" in told.replace("\\", "")
