"""The worklist as a page: the most urgent first, narrowed by group, site, mode and action, of the own sites only.

What is done from it is logged at once, told in the row, and taken back.
"""

from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from adjudication.surveillance.protocol import Outcome
from registry import record
from registry.accounts import settings
from registry.roles import Action
from registry.screens import clock
from registry.screens.session import open_registry
from registry.store.database import Database
from tests.registry.screens import watched
from tests.registry.screens.conftest import Open
from tests.registry.screens.test_home import links
from tests.registry.screens.test_pages import said, sound


@pytest.fixture
def north(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(clock, "now", lambda db: watched.NOW)
    return watched.make(tmp_path / "watched.duckdb")


def listed(at: AppTest) -> list[str]:
    return [label.strip("*").replace("\\", "") for label in links(at) if label.startswith("**")]


def test_a_nurse_works_from_the_most_urgent_down(opened: Open, north: Path) -> None:
    at = sound(opened(north, "worklist", as_=watched.NURSE))
    assert listed(at) == ["NOW-1", "LATE-1", "SOON-1"]
    words = said(at)
    assert "Act now" in words
    assert "platelets 12 ×10⁹/L on Mon 30 Mar 2026" in words
    assert "contact the hematologist now" in words
    assert links(at)["Log a count"].startswith("/log?patient=")


def test_only_the_own_site_is_listed(opened: Open, north: Path) -> None:
    at = sound(opened(north, "worklist", as_=watched.SOUTH_NURSE))
    assert listed(at) == ["FINE-1"]


def test_a_link_from_home_shows_one_group(opened: Open, north: Path) -> None:
    at = opened(north, as_=watched.NURSE)
    at.query_params["show"] = "overdue"
    at = sound(at.switch_page("registry/screens/pages/worklist.py").run())
    assert at.session_state["worklist groups"] in (["overdue"], ["now", "overdue", "soon"])
    sound(at.pills(key="worklist groups").set_value(["overdue"]).run())
    assert listed(at) == ["LATE-1"]


def test_filters_leave_what_fits_and_say_when_nothing_does(opened: Open, north: Path) -> None:
    at = sound(opened(north, "worklist", as_=watched.NURSE))
    sound(at.selectbox(key="worklist action").set_value("recheck_and_contact_now").run())
    assert listed(at) == ["NOW-1"]
    sound(at.pills(key="worklist groups").set_value(["soon"]).run())
    assert "No patient matches" in said(at)


@pytest.mark.parametrize("as_", [watched.NURSE, "demo-data-manager"])
def test_whoever_reads_the_list_may_take_it(opened: Open, north: Path, as_: str) -> None:
    at = sound(opened(north, "worklist", as_=as_))
    assert len(at.get("download_button")) == 1


def test_who_reviews_has_no_worklist(opened: Open, north: Path) -> None:
    with pytest.raises(ValueError, match="worklist"):
        opened(north, "worklist", as_=watched.READER)


def test_an_empty_worklist_says_whom_it_is_for(opened: Open, cohort_path: Path) -> None:
    at = sound(opened(cohort_path, "worklist", as_="demo-nurse"))
    assert "multiple sclerosis" in said(at)
    assert "log the exposure" in said(at)
    assert "nadir demo" not in said(at)


def test_in_the_demonstration_an_empty_worklist_says_how_to_see_it_at_work(
    opened: Open, cohort_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(settings.DEMO, "yes")
    at = sound(opened(cohort_path, "worklist", as_="demo-nurse"))
    assert "`nadir demo --watched 40`" in said(at)


# --- what is done from it


def press(at: AppTest, label: str, *, of: int = 0) -> AppTest:
    """Press a button by its label; `of` is the place of the row among those that have one."""
    [one for one in at.button if one.label == label][of].click()
    return sound(at.run())


def stored(path: Path, columns: str = "patient_id, outcome, recheck_on, reason") -> list[tuple[object, ...]]:
    return open_registry().rows(f"SELECT {columns} FROM outcome_view ORDER BY row_key")


def test_a_call_is_logged_with_one_click_and_the_row_says_who_and_when(opened: Open, north: Path) -> None:
    at = sound(opened(north, "worklist", as_=watched.NURSE))
    assert "Escalated to the treating physician" in said(at)
    at = press(at, "Contacted")
    assert "**Contacted** on Tue 31 Mar 2026" in said(at)
    assert "by nurse\\-north" in said(at)
    assert stored(north) == [("NOW-1", "contacted", None, None)]
    assert listed(at)[0] == "NOW-1"
    at = press(at, next(one.label for one in at.button if one.label.startswith("Undo (until")))
    assert stored(north) == []
    assert "**Contacted**" not in said(at)


def test_the_treating_physician_logs_what_was_done_and_no_count(opened: Open, north: Path) -> None:
    at = sound(opened(north, "worklist", as_=watched.CLINICIAN))
    assert listed(at)[0] == "NOW-1"
    assert "Log a count" not in links(at)
    at = press(at, "Contacted")
    assert "by clinician\\-north" in said(at)
    assert stored(north) == [("NOW-1", "contacted", None, None)]


def test_who_was_referred_is_counted_again_later_and_stays_in_sight_until_it_cannot_be_undone(
    opened: Open, north: Path
) -> None:
    at = press(sound(opened(north, "worklist", as_=watched.NURSE)), "Referred")
    assert "Done just now" in [one.value for one in at.subheader]
    assert "what was found was referred" in said(at).replace("\\", "")
    assert listed(at)[0] == "NOW-1"
    assert "Act now (0)" in str(at.pills(key="worklist groups").options)
    at = press(at, "Out of sight")
    assert listed(at) == ["LATE-1", "SOON-1"]


def test_a_recheck_asks_for_its_day_and_says_when_that_is_too_late(opened: Open, north: Path) -> None:
    at = press(sound(opened(north, "worklist", as_=watched.NURSE)), "Recheck arranged …")
    at.text_input[-1].set_value("yesterday").run()
    assert "Enter a date in the future" in said(at).replace("\\", "")
    next(one for one in at.button if one.label == "Save the recheck").click()
    at.run()
    assert stored(north) == []
    at.text_input[-1].set_value("+2d").run()
    at = press(at, "Save the recheck")
    assert stored(north) == [("NOW-1", "recheck_arranged", watched.TODAY + timedelta(2), None)]
    assert "for Thu 2 Apr 2026" in said(at)
    assert "after the deadline" in said(at)


def test_several_signs_are_one_change_and_override_a_normal_count(opened: Open, north: Path) -> None:
    at = sound(opened(north, "worklist", as_=watched.NURSE))
    at = press(at, "Bleeding signs …", of=2)
    assert len(at.checkbox) == 7
    at.checkbox[0].check()
    at.checkbox[6].check()
    at = press(at, "Save the signs")
    signs = open_registry().rows("SELECT patient_id, sign, noticed_on, change_seq FROM sign_view")
    assert {row[:3] for row in signs} == {
        ("SOON-1", "petechiae", watched.TODAY),
        ("SOON-1", "coughing_blood", watched.TODAY),
    }
    assert len({row[3] for row in signs}) == 1
    assert listed(at)[0] == "SOON-1"
    assert "send the patient to the emergency unit" in said(at)


@pytest.mark.parametrize(("last_day", "kept"), [("", None), ("28 mar 26", date(2026, 3, 28))])
def test_a_sign_first_noticed_some_days_ago_is_still_there_unless_its_last_day_is_said(
    opened: Open, north: Path, last_day: str, kept: date | None
) -> None:
    at = press(sound(opened(north, "worklist", as_=watched.NURSE)), "Bleeding signs …", of=2)
    at.checkbox[0].check()
    next(one for one in at.text_input if one.label == "First noticed on").set_value("27 mar 26")
    next(one for one in at.text_input if one.label == "Last day").set_value(last_day)
    press(at, "Save the signs")
    assert open_registry().rows("SELECT noticed_on, ended_on FROM sign_view") == [(date(2026, 3, 27), kept)]


def test_taking_off_the_list_needs_a_reason_and_is_put_back_with_one(opened: Open, north: Path) -> None:
    at = press(sound(opened(north, "worklist", as_=watched.NURSE)), "Take off the list …", of=1)
    at.pills[-1].set_value(Outcome.MOVED).run()
    next(one for one in at.button if one.label == "Take off the list").click()
    at.run()
    assert "a reason is needed" in str(at.error[0].value).replace("\\", "")
    next(one for one in at.text_input if one.label == "Reason *").set_value("lives in another town").run()
    at = press(at, "Take off the list")
    assert stored(north) == [("LATE-1", "moved", None, "lives in another town")]
    assert "Taken off the list (1)" in [one.label for one in at.expander]
    back = [one for one in at.text_input if one.label.startswith("Why LATE")]
    back[0].set_value("came back").run()
    at = press(at, "Put back on the list")
    assert stored(north) == []
    assert "LATE-1" in listed(at)


def test_a_result_after_a_removal_brings_the_patient_back_and_the_row_says_so(
    opened: Open, north: Path
) -> None:
    gone = {"outcome_id": "O", "done_on": "2026-03-29", "outcome": "declined", "reason": "no more samples"}
    with Database.open(north, now=lambda: watched.NOW) as db:
        record.log(db, db.actor(None), "outcome", {"patient_id": "NOW-1", **gone}, today=watched.TODAY)
    at = sound(opened(north, "worklist", as_=watched.NURSE))
    assert listed(at)[0] == "NOW-1"
    assert "Was taken off the list on Sun 29 Mar 2026 (declined)" in said(at)


def test_why_shows_the_line_of_the_source_and_what_it_leaves_open(opened: Open, north: Path) -> None:
    with Database.open(north, now=lambda: watched.NOW) as db:
        seen = {"observation_id": "N", "observed_at": "2026-03-31", "analyte": "platelets", "value": "100"}
        given = {"patient_id": "FINE-1", **seen, "unit": "10*9/L"}
        record.log(db, db.actor(None), "observation", given, today=watched.TODAY)
    at = sound(opened(north, "worklist", as_=watched.SOUTH_NURSE))
    words = said(at).replace("\\", "")
    assert "lines 156-160" in words
    assert "DEF-SURV-01" in words
    assert "The source leaves open" in words
    assert "Recheck the count now; contact the hematologist when the steep fall is confirmed." in words


def test_outcomes_and_signs_of_several_patients_in_one_import_open_the_list_and_offer_no_undo(
    opened: Open, north: Path
) -> None:
    with Database.open(north) as db:
        nurse = db.actor(watched.NURSE)
        keys = dict(db.rows("SELECT patient_id, patient_key FROM patient"))
        rows = [{"patient_key": keys[name]} for name in ("NOW-1", "LATE-1")]
        with db.change(nurse, Action.IMPORT, "a file", site="north") as change:
            change.insert(
                "outcome",
                [
                    {"patient_key": row["patient_key"], "outcome_id": "O", "done_on": date(2026, 3, 30)}
                    | {"outcome": "no_answer"}
                    for row in rows
                ],
            )
            change.insert(
                "sign",
                [
                    {"patient_key": row["patient_key"], "sign_id": "S", "noticed_on": date(2026, 3, 30)}
                    | {"sign": "petechiae"}
                    for row in rows
                ],
            )
    at = sound(opened(north, "worklist", as_=watched.NURSE))
    assert {"NOW-1", "LATE-1"} <= set(listed(at))
    assert said(at).count("No answer") >= 2
    assert not [button.label for button in at.button if "ndo" in button.label]
