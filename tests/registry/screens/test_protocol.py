"""The page Protocol: measures with intervals and figures of others apart, and every rule with its source."""

from pathlib import Path

import pytest

from registry import record
from registry.screens import clock
from registry.screens.session import open_registry
from registry.store.database import Database
from registry.surveillance import protocols
from tests.registry.screens import watched
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_home import links
from tests.registry.screens.test_pages import said, sound


@pytest.fixture
def north(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clock, "today", lambda db: watched.TODAY)
    return watched.make(tmp_path / "watched.duckdb")


def test_a_nurse_sees_what_the_protocol_achieves_at_her_site(opened: Open, north: Path) -> None:
    at = sound(opened(north, "protocol", as_=watched.NURSE))
    words = said(at)
    assert "3 patients at north" in words
    assert "picture whose values its text does not give" in words
    figures = at.dataframe[0].value
    assert list(figures["figure"])[:2] == ["Months with a count on time", "Missed counts"]
    assert figures["beside"].str.contains("2.6 % CARE-MS trials").any()
    assert [one.value for one in at.header] == ["Counts on time", "ITP found", "Incidence by year"]
    assert not at.get("download_button")  # figures leave the registry with a clinician or a data manager


@pytest.mark.parametrize("as_", [watched.CLINICIAN, "demo-data-manager"])
def test_who_may_take_figures_finds_each_table_to_take(opened: Open, north: Path, as_: str) -> None:
    at = sound(opened(north, "protocol", as_=as_))
    taken = {str(getattr(one, "label", "")) for one in at.get("download_button")}
    assert {"Download measures of the protocol as CSV", "Download protocol by year as CSV"} <= taken


def test_every_rule_stands_with_the_lines_and_words_of_its_source(opened: Open, north: Path) -> None:
    at = sound(opened(north, "protocol", as_=watched.NURSE, view="rules"))
    if at.session_state["protocol view"] != "rules":
        sound(at.segmented_control(key="protocol view").set_value("rules").run())
    words = said(at).replace("\\", "")
    assert "**Below 30** → Recheck the count and contact the hematologist now." in words
    assert "**From 30 to 50** →" in words
    assert "**Above 50 to 100** →" in words
    once = "**Above 100 to below 150, unless the count before lay there too, within the window**"
    assert f"{once} → Repeat the count within 14 days." in words
    assert "Lambert 2018, lines 165-166: “Below 30.000/μl: recheck the CBC" in words
    assert "A count every month until 48 calendar months after the last infusion." in words
    assert "READ-SURV-21" in [one.value for one in at.subheader]
    assert "a rule of multiple sclerosis" not in words  # nobody here is left unwatched


def test_who_is_watched_by_nobody_is_told_until_a_site_adopts_its_own_file(opened: Open, north: Path) -> None:
    with Database.open(north, now=lambda: watched.NOW) as db:
        operator = db.actor(None)
        record.log(db, operator, "patient", {"patient_id": "T-1", "site": "north"}, today=watched.TODAY)
        given = {
            "patient_id": "T-1",
            "exposure_id": "X",
            "agent": "alemtuzumab",
            "setting": "renal_transplant",
            "started_on": "2025-01-06",
        }
        record.log(db, operator, "exposure", given, today=watched.TODAY)
    at = sound(opened(north, "protocol", as_=watched.NURSE))
    assert "1 after alemtuzumab for renal transplant" in said(at)
    assert "rule of multiple sclerosis alone" in said(at)
    db = open_registry()
    text = protocols.copy_of("alemtuzumab-belgian-2018", "ours").replace(
        "multiple_sclerosis", "renal_transplant"
    )
    protocols.adopt(db, db.actor(None), "ours.toml", text, ["north"])
    sound(at.run())
    assert "rule of multiple sclerosis alone" not in said(at)
    assert at.selectbox(key="protocol chosen").options == [
        "ours: renal transplant",
        "alemtuzumab-belgian-2018: multiple sclerosis",
    ]
    sound(at.selectbox(key="protocol chosen").set_value("ours").run())
    assert "1 patient at north" in said(at)
    at = sound(at.switch_page("registry/screens/pages/worklist.py").run())
    sound(at.pills(key="worklist groups").set_value([]).run())
    assert "**T\\-1**" in links(at)


def test_where_nobody_is_watched_the_page_says_so_and_shows_the_rules(
    opened: Open, cohort_path: Path
) -> None:
    at = sound(opened(cohort_path, "protocol", as_="demo-clinician"))
    assert "nothing to measure yet" in said(at)
    assert "renal transplant" in said(at)


def test_who_reviews_has_no_such_page(opened: Open, north: Path) -> None:
    with pytest.raises(ValueError, match="protocol"):
        opened(north, "protocol", as_=watched.READER)
