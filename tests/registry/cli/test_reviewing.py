"""The command line of human review: opening cases, challenging, queries on values, and agreement."""

import json
from pathlib import Path

import pytest

from tests.conftest import NOW, Clock
from tests.registry.conftest import Run
from tests.registry.reviewing import judged


@pytest.fixture
def house(run: Run, registry_path: Path) -> Run:
    """`nadir WORDS` on a judged registry with people, closed."""
    with judged(registry_path, Clock(NOW)):
        pass
    return run


def test_what_would_be_opened_is_told_and_nothing_is_opened(house: Run) -> None:
    told = house("open-cases", "--dry-run", "--as", "manager")
    assert "Calls that need review: 1. Calls accepted without review: 3." in told.stdout
    assert "1  The call depends on an assumption" in told.stdout
    assert "Of the accepted calls, 10% will be sampled at random." in told.stdout
    again = json.loads(house("open-cases", "--dry-run", "--as", "manager", "--json").stdout)
    assert (again["wanted"], again["waiting"], again["reasons"]) == (1, 0, {"assumption": 1})


def test_cases_are_opened_by_the_same_seed_alike_and_once(house: Run) -> None:
    done = json.loads(house("open-cases", "--as", "manager", "--seed", "seed 2", "--json").stdout)
    assert (done["opened"], done["reasons"]) == (2, {"assumption": 1, "drawn": 1})
    assert done["waiting"] == 2
    again = house("open-cases", "--as", "manager", "--mask-agents", "--at-most", "5")
    assert "Cases opened: 0." in again.stdout
    assert house("open-cases", "--as", "manager", "--seed", "another").exit_code == 2


def test_a_data_cut_leaves_what_began_later_and_none_lies_ahead(house: Run) -> None:
    early = json.loads(
        house("open-cases", "--dry-run", "--as", "manager", "--data-cut", "2025-01-01", "--json").stdout
    )
    assert (early["wanted"], early["accepted"]) == (0, 0)
    assert house("open-cases", "--as", "manager", "--data-cut", "2999-01-01").exit_code == 2
    assert house("open-cases", "--as", "manager", "--at-most", "0").exit_code == 2


def test_who_reads_opens_nothing_and_learns_no_reason(house: Run) -> None:
    for name in ("nurse", "reader-1", "reading-manager"):
        refused = house("open-cases", "--dry-run", "--as", name)
        assert refused.exit_code == 5
        assert "assumption" not in refused.output


def test_a_challenge_is_kept_with_its_reason_and_opens_a_case(house: Run) -> None:
    told = house("challenge", "C4", "--reason", "The last count was clumped.", "--as", "clinician")
    assert "The next opening of cases sends it to two readers" in told.stdout
    assert house("challenge", "C4", "--as", "clinician").exit_code == 2
    assert house("challenge", "C4", "--reason", " ", "--as", "clinician").exit_code == 2
    assert house("challenge", "C9", "--reason", "x", "--as", "clinician").exit_code == 2
    assert house("challenge", "C4", "--reason", "x", "--as", "manager").exit_code == 5
    assert house("challenge", "C4", "--reason", "x", "--as", "reader-1").exit_code == 5
    [first, second] = json.loads(
        house("challenge", "C4", "--reason", "Yes.", "--as", "nurse", "--json").stdout
    )
    assert (first["raised_by"], second["reason"]) == ("clinician", "Yes.")
    opened = json.loads(house("open-cases", "--as", "manager", "--json").stdout)
    assert opened["reasons"]["challenged"] == 1
    late = house("challenge", "C4", "--reason", "Again.", "--as", "nurse")
    assert late.exit_code == 3
    assert "This course is already under review" in late.stderr


def test_a_query_is_asked_answered_asked_again_and_closed(house: Run) -> None:
    words = ("observation", "P1", "O2", "--column", "value")
    name = house("query", "ask", *words, "--question", "110 or 11?", "--as", "clinician").stdout.strip()
    assert (
        house(
            "amend", "observation", "P1", "O2", "value=111", "--reason", "misread", "--as", "nurse"
        ).exit_code
        == 0
    )
    told = house("query", "list", "--state", "open", "--as", "nurse").stdout
    assert f"{name}  open  0 days  observation P1 O2, value = 110, version 1 (superseded: now 111)" in told
    assert "clinician: 110 or 11?" in told
    assert (
        house("query", "answer", name, "--text", "It was 111.", "--as", "nurse").stdout
        == f"{name}: answered\n"
    )
    assert house("query", "close", name, "--text", "x", "--as", "nurse").exit_code == 3
    assert house("query", "again", name, "--text", "And the day?", "--as", "clinician").exit_code == 0
    ages = json.loads(house("query", "ages", "--json").stdout)
    assert [(one["site"], one["open"], one["answered"]) for one in ages] == [("North", 1, 0)]
    assert "90th percentile" in house("query", "ages").stdout
    closed = json.loads(
        house("query", "close", name, "--text", "I see.", "--as", "clinician", "--json").stdout
    )
    assert (closed["state"], closed["moves"]) == ("closed", [])
    assert house("query", "answer", name, "--text", "x", "--as", "nurse").exit_code == 3
    assert json.loads(house("query", "list", "--mine", "--json", "--as", "nurse").stdout) == []
    assert house("query", "list", "--site", "North", "--as", "clinician").stdout.count(name) == 1
    assert house("query", "list", "--site", "South", "--as", "clinician").stdout == ""


def test_a_withdrawn_value_is_told_and_what_cannot_be_meant_exits_2(house: Run) -> None:
    words = ("observation", "P1", "O2", "--column", "value", "--question", "So high?")
    assert house("query", "ask", *words, "--as", "reader-1").exit_code == 5
    assert house("query", "ask", *words, "--as", "clinician").exit_code == 0
    assert (
        house("withdraw", "observation", "P1", "O2", "--reason", "of another", "--as", "nurse").exit_code == 0
    )
    assert "(withdrawn since)" in house("query", "list").stdout
    assert house("query", "ask", *words, "--as", "clinician").exit_code == 3
    assert (
        house("query", "ask", "observation", "P1", "O3", "--column", "color", "--question", "?").exit_code
        == 2
    )
    assert (
        house("query", "ask", "observation", "P1", "O3", "--column", "value", "--question", " ").exit_code
        == 2
    )
    assert house("query", "answer", "query-none", "--text", "x").exit_code == 3


def test_agreement_is_told_in_words_and_for_programs(house: Run) -> None:
    told = house("agreement", "--as", "clinician")
    assert "No case is decided yet" in told.stdout
    assert "0 of 36 sampled calls are decided" in told.stdout
    assert "10.1371/journal.pone.0285125" in told.stdout
    found = json.loads(house("agreement", "--json", "--as", "clinician").stdout)
    assert found["groups"][0] | {"coefficients": []} == {
        "by": "all",
        "name": "all",
        "n": 0,
        "matrix": {"rows": [], "columns": [], "counts": []},
        "coefficients": [],
        "onsets": 0,
        "onset_days_mean": None,
        "onset_days_median": None,
    }
    assert found["trust"]["accepts"] is True
    assert [one["value"] for one in found["beside"]] == [0.83, 0.56, 0.51]
    assert house("agreement", "--as", "reader-1").exit_code == 5
