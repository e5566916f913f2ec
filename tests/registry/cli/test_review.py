"""The command line: a case from the queue to its decision, by readers, a third, and a committee."""

import json
from pathlib import Path

import pytest
from click.testing import Result

from registry.accounts import credentials, passwords, reset
from tests.conftest import Clock
from tests.registry.conftest import Run
from tests.registry.reviewing import READERS, House, challenged, prepared

SECRET = "four words for reading"


@pytest.fixture
def cases(registry_path: Path, clock: Clock) -> dict[str, str]:
    """A registry with a case for each course, closed; its readers have a password."""
    with prepared(registry_path, clock, with_passwords) as house:
        return house.cases()


def with_passwords(house: House) -> None:
    challenged(house)
    for name in READERS:
        code = reset(house.db, house.db.actor(None), name)
        credentials.choose(house.db, name, passwords.code_digest(code), SECRET)


def judge(run: Run, verb: str, case: str, name: str, *words: object, typed: str = SECRET) -> Result:
    given = ("review", verb, case, *words, "--confidence", "high", "--as", name, "--password-stdin")
    return run(*given, typed=f"{typed}\n")


def test_a_case_is_claimed_shown_saved_and_signed(run: Run, cases: dict[str, str]) -> None:
    case = cases["C1"]
    listed = json.loads(run("review", "queue", "--as", "reader-1", "--json").stdout)
    assert {row["case_id"] for row in listed} == set(cases.values())
    assert run("review", "show", case, "--as", "reader-1").exit_code == 3
    assert run("review", "claim", case, "--as", "reader-1").exit_code == 0
    shown = run("review", "show", case, "--as", "reader-1").stdout
    assert "ITP line 1" in shown
    assert "counts" in shown
    assert "P1" not in shown
    assert (
        run("review", "save", case, "--response", "CR", "--onset", "d10", "--as", "reader-1").exit_code == 0
    )
    saved = json.loads(run("review", "show", case, "--as", "reader-1", "--json").stdout)
    assert saved["draft"] == {"level": "CR", "onset_on": "d10"}
    wrong = judge(run, "commit", case, "reader-1", typed="not my password at all")
    assert wrong.exit_code == 5
    signed = judge(run, "commit", case, "reader-1")
    assert signed.exit_code == 0, signed.output
    assert "I read this case alone" in signed.stderr
    assert "day 10 · 110" in signed.stderr
    assert SECRET not in signed.output
    [mine] = json.loads(run("review", "signed", "--as", "reader-1", "--json").stdout)
    assert (mine["case_id"], mine["state"], mine["method"]) == (case, "waiting", "password")
    assert run("review", "outcome", case, "--as", "reader-1").exit_code == 3


def test_what_cannot_be_meant_is_refused_at_its_field(run: Run, cases: dict[str, str]) -> None:
    case = cases["C1"]
    run("review", "claim", case, "--as", "reader-1")
    refused = judge(run, "commit", case, "reader-1", "--response", "PR", "--onset", "someday")
    assert refused.exit_code == 3
    assert "column response" in refused.stderr
    assert "column onset" in refused.stderr
    run("review", "release", case, "--as", "reader-1")
    assert judge(run, "commit", case, "reader-1", "--response", "NR").exit_code == 3


def test_a_day_that_was_saved_can_be_taken_back(run: Run, cases: dict[str, str]) -> None:
    case = cases["C1"]
    run("review", "claim", case, "--as", "reader-1")
    saved = ("review", "save", case, "--as", "reader-1", "--json")
    run(*saved, "--response", "R", "--onset", "d10", "--relapse", "d40", "--note", "none")
    kept = json.loads(run(*saved, "--relapse", "").stdout)["saved"]
    assert kept["relapsed_on"] == "d40", "what is empty is as it was saved"
    kept = json.loads(run(*saved, "--relapse", "None").stdout)["saved"]
    assert kept == {"level": "R", "onset_on": "d10", "note": "none"}
    assert judge(run, "commit", case, "reader-1", "--onset", "none").exit_code == 3
    assert judge(run, "commit", case, "reader-1", "--lost-cr", "none").exit_code == 0
    assert "or none" in run("review", "commit", "--help").stdout


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (("CR", "--onset", "d10", "--relapse", "d40"), "A relapse also ends the complete response"),
        (("CR", "--onset", "d10", "--lost-cr", "d10"), "Enter a date after the onset"),
        (
            ("CR", "--onset", "d10", "--lost-cr", "d41", "--relapse", "d40"),
            "before the loss of complete response",
        ),
        (("NR", "--relapse", "d40"), "NR has no such date"),
        (("NE", "--onset", "d10"), "NE has no such date"),
        (("R", "--onset", "d10", "--lost-cr", "d40"), "R has no such date"),
    ],
)
def test_days_that_contradict_are_neither_saved_nor_signed(
    run: Run, cases: dict[str, str], days: tuple[str, ...], why: str
) -> None:
    case = cases["C1"]
    run("review", "claim", case, "--as", "reader-1")
    saved = run("review", "save", case, "--as", "reader-1", "--response", *days)
    assert (saved.exit_code, why in saved.stderr) == (3, True), saved.stderr
    signed = judge(run, "commit", case, "reader-1", "--response", *days)
    assert (signed.exit_code, why in signed.stderr) == (3, True), signed.stderr
    assert json.loads(run("review", "show", case, "--as", "reader-1", "--json").stdout)["draft"] is None


def test_whoever_may_not_review_is_not_permitted(run: Run, cases: dict[str, str]) -> None:
    for verb in ("queue", "disputes"):
        assert run("review", verb, "--as", "nurse").exit_code == 5
    assert run("review", "claim", cases["C1"], "--as", "nurse").exit_code == 5


def read(run: Run, case: str, name: str, *words: object) -> None:
    run("review", "claim", case, "--as", name)
    given = judge(run, "commit", case, name, *words)
    assert given.exit_code == 0, given.output


def test_a_dispute_is_settled_by_a_third_who_sees_no_names(run: Run, cases: dict[str, str]) -> None:
    case = cases["C1"]
    read(run, case, "reader-1", "--response", "CR", "--onset", "d10")
    read(run, case, "reader-2", "--response", "R", "--onset", "d10")
    assert run("review", "disputes", "--as", "reader-1", "--json").stdout.strip() == "[]"
    run("review", "claim", case, "--as", "reader-3")
    seen = run("review", "dispute", case, "--as", "reader-3")
    assert "reader-1" not in seen.output
    assert "The readers disagree on: response" in seen.stderr
    settled = judge(run, "settle", case, "reader-3", "--response", "CR", "--onset", "d10")
    assert settled.exit_code == 3
    assert "required to settle a dispute" in settled.stderr
    settled = judge(run, "settle", case, "reader-3", "--response", "CR", "--onset", "d10", "--reason", "Two.")
    assert settled.exit_code == 0, settled.output
    came = json.loads(run("review", "outcome", case, "--as", "clinician", "--json").stdout)
    assert (came["decision"]["level"], came["decision"]["reached_by"]) == ("CR", "third_reader")
    assert "machine" in run("review", "outcome", case, "--as", "reader-3").stdout


def test_a_committee_votes_and_without_a_majority_votes_again(run: Run, cases: dict[str, str]) -> None:
    case = cases["C1"]
    read(run, case, "reader-1", "--response", "CR", "--onset", "d10")
    read(run, case, "reader-2", "--response", "R", "--onset", "d10")
    run("review", "claim", case, "--as", "reader-3")
    none = judge(run, "settle", case, "reader-3", "--response", "NR", "--reason", "Neither.")
    assert none.exit_code == 1
    fit = json.loads(run("review", "candidates", case, "--as", "reader-3", "--json").stdout)
    assert set(READERS) <= set(fit)
    assert run("review", "convene", case, "reader-1", "reader-2", "--as", "reader-3").exit_code == 2
    called = run("review", "convene", case, *READERS[:3], "--as", "reader-3", "--json")
    assert json.loads(called.stdout)["majority"] == 2
    votes = {"reader-1": ("CR", "--onset", "d10"), "reader-2": ("NR",)}
    for name, said in votes.items():
        assert run("review", "count", case, "--as", name).exit_code == 3
        voted = judge(run, "vote", case, name, "--response", *said, "--reason", "So.")
        assert voted.exit_code == 0, voted.output
    assert run("review", "count", case, "--as", "reader-3").exit_code == 1
    assert "voting 2" in run("review", "dispute", case, "--as", "reader-3").stdout
    for name in READERS[:2]:
        judge(run, "vote", case, name, "--response", "NR", "--reason", "Now so.")
    assert run("review", "count", case, "--as", "reader-3").exit_code == 0
    [row] = [
        row
        for row in json.loads(run("review", "signed", "--as", "reader-3", "--json").stdout)
        if row["part"] == "third"
    ]
    assert (row["state"], row["decision"]["level"]) == ("resolved", "NR")


def test_a_question_from_a_case_names_no_reader(run: Run, cases: dict[str, str]) -> None:
    case = cases["C1"]
    run("review", "claim", case, "--as", "reader-1")
    held = json.loads(run("review", "show", case, "--as", "reader-1", "--json").stdout)
    name = held["content"]["observations"][0]["observation_id"]
    asked = run("review", "ask", case, name, "value", "Is it so?", "--as", "reader-1", "--json")
    assert json.loads(asked.stdout)["query_id"].startswith("query-")


def test_a_demonstration_has_cases_waiting_and_its_readers_sign_without_a_password(run: Run) -> None:
    run("demo", "--no-serve")
    opened = "SELECT count(*) FROM audit_event WHERE action = 'open_cases'"
    from registry import accounts
    from registry.cli.options import default_path
    from registry.store.database import Database

    with Database.open(default_path()) as db:
        accounts.demo_users(db, db.actor(None), today=db.now().date())
        before = db.rows(opened)
    assert "cases wait" in run("demo", "--no-serve").stderr
    with Database.open(default_path()) as db:
        assert db.rows(opened) == before == [(1,)]
    reader = "demo-adjudicator-1"
    [first, *_] = json.loads(run("review", "queue", "--as", reader, "--json").stdout)
    case = first["case_id"]
    run("review", "claim", case, "--as", reader)
    signed = run("review", "commit", case, "--response", "NE", "--confidence", "low", "--as", reader)
    assert signed.exit_code == 0, signed.output
