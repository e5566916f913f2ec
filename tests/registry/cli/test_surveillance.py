"""The command line: surveillance, what is done from it, proposed episodes and papers."""

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.registry.conftest import Run


@pytest.fixture
def ward(run: Run) -> Run:
    """One patient with multiple sclerosis and two low counts."""
    assert run("init").exit_code == 0
    for table, *cells in (
        ("patient", "patient_id=P", "site=north"),
        ("exposure", "patient_id=P", "agent=alemtuzumab", "setting=multiple_sclerosis", "started_on=-300d"),
        ("observation", "patient_id=P", "analyte=platelets", "value=60", "unit=10*9/L", "observed_at=-3d"),
        ("observation", "patient_id=P", "analyte=platelets", "value=28", "unit=10*9/L", "observed_at=-1d"),
    ):
        logged = run("log", table, *cells)
        assert logged.exit_code == 0, logged.stderr
    return run


def test_a_call_is_logged_and_stands_in_the_list(ward: Run) -> None:
    assert "Recheck the count and contact the hematologist now." in ward("worklist").stdout
    assert ward("outcome", "P", "contacted", "--on", "yesterday", "--note", "on call").exit_code == 0
    told = ward("worklist").stdout
    assert "Done: contacted" in told
    assert "DEADLINE MISSED: tell the treating physician" in told
    seq = json.loads(ward("outcome", "P", "referred", "--json").stdout)["seq"]
    assert "DEADLINE MISSED" not in ward("worklist").stdout
    assert ward("undo", seq).exit_code == 0
    assert "DEADLINE MISSED" in ward("worklist").stdout


def test_an_unknown_patient_is_said_in_words(ward: Run) -> None:
    for words in (("outcome", "X", "contacted"), ("sign", "X", "petechiae")):
        told = ward(*words)
        assert told.exit_code == 2
        assert "There is no patient X in this registry" in told.stderr


def test_the_treating_physician_logs_an_outcome_and_signs(ward: Run) -> None:
    assert ward("user", "add", "doctor", "--role", "clinician@north").exit_code == 0
    for words in (("outcome", "P", "referred"), ("sign", "P", "petechiae")):
        assert ward(*words, "--as", "doctor").exit_code == 0
    assert ward("undo", json.loads(ward("outcome", "P", "contacted", "--as", "doctor", "--json").stdout)["seq"],
                "--as", "doctor").exit_code == 0  # fmt: skip


def test_the_same_request_is_done_once(ward: Run) -> None:
    for _ in range(2):
        assert ward("outcome", "P", "no_answer", "--key", "k").exit_code == 0
    assert len(json.loads(ward("watched", "P", "--json").stdout)["done"]) == 1


def test_a_removal_needs_a_reason_and_is_taken_back_with_one(ward: Run) -> None:
    assert ward("outcome", "P", "moved").exit_code == 3
    assert ward("outcome", "P", "moved", "--reason", "far away").exit_code == 0
    assert "Taken off: P." in ward("worklist").stdout
    assert ward("outcome", "P", "--put-back").exit_code == 2
    assert ward("outcome", "P", "moved", "--put-back").exit_code == 2
    assert ward("outcome", "P", "--put-back", "--reason", "by mistake").exit_code == 0
    assert "Taken off" not in ward("worklist").stdout


def test_a_recheck_has_a_day_ahead(ward: Run) -> None:
    assert ward("outcome", "P", "recheck_arranged").exit_code == 3
    assert ward("outcome", "P", "recheck_arranged", "--recheck", "-2d").exit_code == 2
    assert ward("outcome", "P", "recheck_arranged", "--recheck", "+2d").exit_code == 0
    assert "recheck on" in ward("worklist").stdout
    assert ward("log", "outcome", "patient_id=P", "done_on=today", "outcome=recheck_arranged",
                "recheck_on=+3d").exit_code == 0  # fmt: skip


def test_signs_override_the_count(ward: Run) -> None:
    assert ward("sign", "P", "headache").exit_code == 2
    assert ward("sign", "P", "petechiae", "easy_bruising").exit_code == 0
    told = ward("watched", "P").stdout
    assert "urgent referral" in told
    assert "easy bruising" in told


def test_a_proposal_is_listed_rejected_or_accepted(ward: Run) -> None:
    assert "P: ITP from" in ward("proposals").stdout
    assert json.loads(ward("proposals", "--json").stdout)[0]["patient_id"] == "P"
    rejected = ward("proposals", "reject", "P", "--reason", "clumps", "--json")
    assert ward("proposals").stdout == ""
    assert ward("proposals", "accept", "P").exit_code == 2
    assert ward("undo", json.loads(rejected.stdout)["seq"]).exit_code == 0
    assert "opened" in ward("proposals", "accept", "P").stdout


PAPERS = [("leaflet", "<!doctype"), ("letter", "<!doctype"), ("calendar", "BEGIN:V")]


@pytest.mark.parametrize(("paper", "begins"), PAPERS)
def test_a_paper_is_written_to_a_file_or_shown(ward: Run, tmp_path: Path, paper: str, begins: str) -> None:
    assert ward("paper", paper, "P").stdout.lstrip().startswith(begins)
    file = tmp_path / "paper"
    assert ward("paper", paper, "P", file).exit_code == 0
    assert file.read_text("utf-8").lstrip().startswith(begins)
    assert ward("paper", paper, "P", tmp_path / "none" / "paper").exit_code == 2
    assert ward("paper", paper, "Q").exit_code == 2


@pytest.mark.parametrize(("zone", "left"), [("UTC0", "31 h left"), ("EST5", "36 h left")])
def test_hours_are_counted_by_the_clock_on_the_wall(
    run: Run, monkeypatch: pytest.MonkeyPatch, zone: str, left: str
) -> None:
    assert run("init").exit_code == 0
    taken = datetime.now(UTC) - timedelta(hours=40, minutes=30)
    for table, *cells in (
        ("patient", "patient_id=P"),
        ("exposure", "patient_id=P", "agent=alemtuzumab", "setting=multiple_sclerosis", "started_on=-300d"),
        ("observation", "patient_id=P", "analyte=platelets", "value=80", "unit=10*9/L",
         f"observed_at={taken:%Y-%m-%dT%H:%M}"),
    ):  # fmt: skip
        assert run("log", table, *cells).exit_code == 0
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        told = run("worklist")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert zone[:3] in told.stderr
    assert left in told.stdout


def test_the_list_is_looked_at_at_any_time_of_a_day(ward: Run) -> None:
    assert "Surveillance on 2030-01-01" in ward("worklist", "--as-of", "2030-01-01T14:00").stdout
    assert ward("worklist", "--as-of", "noon").exit_code == 2
    assert "nobody is discharged" in ward("watched", "P", "--as-of", "2035-01-01").stdout
