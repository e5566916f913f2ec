"""Decisions leave with the rest, come in again, and leave once more as the same bytes."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry import record, review
from registry.errors import Refused
from registry.exchange.export import export
from registry.exchange.intake import import_path
from registry.store.database import Database
from tests.conftest import Clock
from tests.registry.reviewing import House, challenged, judged, prepared, proof


@pytest.fixture
def house(registry_path: Path, clock: Clock) -> Iterator[House]:
    """One decision by agreement, one by a third reader, one re-opened since, one case not decided."""
    with prepared(registry_path, clock, exchanged) as one:
        yield one


def exchanged(one: House) -> None:
    db = one.db
    challenged(one)
    cases = one.cases()
    one.agree(cases["C1"], "CR", "2025-01-12", note='said "so",\nand more')
    one.agree(cases["C4"], "NR")
    one.read("reader-1", cases["C2"], "R", "2025-07-01")
    one.read("reader-2", cases["C2"], "NR")
    review.claim(db, one.who("reader-3"), cases["C2"])
    said = one.said(cases["C2"], "R", "2025-07-01", reason="Doubled.")
    assert review.resolve(db, one.who("reader-3"), cases["C2"], said, proof)
    one.read("reader-1", cases["C3"], "CR", "2025-01-20")
    identity = {"patient_id": "P3", "observation_id": "O2"}
    record.amend(db, db.actor(None), "observation", identity, {"value": "13"}, "misread", 1)
    assert review.rejudge(db, db.actor(None)).reopened == 1
    again = one.cases()["C4"]
    one.agree(again, "NR")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_what_leaves_comes_in_again_and_leaves_the_same(house: House, tmp_path: Path, clock: Clock) -> None:
    report = export(house.db, house.db.actor(None), tmp_path / "first")
    assert (report.files["decision.csv"], report.files["read.csv"]) == (4, 9)
    with Database.open(tmp_path / "other.duckdb", create=True, now=clock) as other:
        operator = other.actor(None)
        told = import_path(other, operator, tmp_path / "first", today=clock().date())
        assert "4 decisions imported, 0 already known." in told.notes
        final = review.final_responses(other, operator, "P1")
        assert {row["provenance"] for row in final} == {"decision"}
        assert review.rejudge(other, operator).reopened == 0
        export(other, operator, tmp_path / "second")
        again = import_path(other, operator, tmp_path / "first", today=clock().date())
        assert "0 decisions imported, 4 already known." in again.notes
        assert other.verify() == []
    assert files(tmp_path / "first") == files(tmp_path / "second")


def test_what_was_signed_elsewhere_is_not_the_signature_of_an_account_of_the_same_name(
    house: House, tmp_path: Path, clock: Clock
) -> None:
    export(house.db, house.db.actor(None), tmp_path / "out")
    assert review.signatures(house.db, house.who("reader-1")) == 5
    with judged(tmp_path / "other.duckdb", clock) as other:
        told = import_path(other.db, other.db.actor(None), tmp_path / "out", today=clock().date())
        assert "4 decisions imported, 0 already known." in told.notes
        review.challenge(other.db, other.who("clinician"), "C3", "Is that so?")
        review.open_cases(other.db, other.who("manager"), seed="another")
        other.read("reader-1", other.cases()["C3"], "CR", "2025-01-20")
        [mine] = review.signed(other.db, other.who("reader-1"))
        assert mine.case_id == other.cases()["C3"]
        assert review.signatures(other.db, other.who("reader-1")) == 1
        assert review.signed(other.db, other.who("reader-3")) == []
        assert review.signatures(other.db, other.who("reader-3")) == 0


def test_parquet_carries_calls_and_decisions_as_the_bundle_does(house: House, tmp_path: Path) -> None:
    report = export(house.db, house.db.actor(None), tmp_path / "out", "parquet")
    assert (report.files["call.parquet"], report.files["decision.parquet"], report.files["read.parquet"]) == (
        4,
        4,
        9,
    )


def test_nothing_of_a_case_that_is_not_decided_leaves(house: House, tmp_path: Path) -> None:
    export(house.db, house.db.actor(None), tmp_path / "out")
    text = (tmp_path / "out" / "read.csv").read_text() + (tmp_path / "out" / "decision.csv").read_text()
    assert house.cases()["C3"] not in text
    assert "C3" not in text


def test_a_decision_that_cannot_be_is_refused_and_nothing_is_taken(
    house: House, tmp_path: Path, clock: Clock
) -> None:
    export(house.db, house.db.actor(None), tmp_path / "out")
    file = tmp_path / "out" / "decision.csv"
    file.write_text(file.read_text().replace(",agreement,", ",dice,").replace(",C4,", ",C9,"))
    with Database.open(tmp_path / "other.duckdb", create=True, now=clock) as other:
        with pytest.raises(Refused) as refused:
            import_path(other, other.actor(None), tmp_path / "out", today=clock().date())
        assert {problem.column for problem in refused.value.problems} >= {"reached_by", "course_id"}
        assert other.rows("SELECT count(*) FROM review_case") == [(0,)]
        assert other.rows("SELECT count(*) FROM patient") == [(0,)], "all of a bundle or nothing"


def test_a_nurse_takes_facts_in_but_no_decisions(house: House, tmp_path: Path) -> None:
    export(house.db, house.db.actor(None), tmp_path / "out")
    told = import_path(house.db, house.who("nurse"), tmp_path / "out")
    assert any("ignored: only accounts that open cases" in note for note in told.notes)


@pytest.mark.parametrize(
    ("file", "days", "why"),
    [
        ("decision", {"relapsed_on": "2025-06-01"}, "A relapse also ends the complete response"),
        ("decision", {"lost_cr_on": "2025-01-12"}, "Enter a date after the onset"),
        ("decision", {"onset_on": "2024-12-31"}, "between the start of the course"),
        ("decision", {"onset_on": ""}, "the date on which the response began"),
        ("read", {"relapsed_on": "2025-06-01"}, "A relapse also ends the complete response"),
        ("read", {"lost_cr_on": "2099-01-01"}, "between the start of the course"),
    ],
)
def test_days_that_contradict_are_refused_in_a_file_as_in_the_form(
    house: House, tmp_path: Path, clock: Clock, file: str, days: dict[str, str], why: str
) -> None:
    export(house.db, house.db.actor(None), tmp_path / "out")
    path = tmp_path / "out" / f"{file}.csv"
    with path.open(newline="") as text:
        rows = list(csv.DictReader(text))
    level = "best_response" if file == "decision" else "level"
    place, changed = next((place, row) for place, row in enumerate(rows) if row[level] == "CR")
    changed.update(days)
    with path.open("w", newline="") as text:
        writer = csv.DictWriter(text, list(changed))
        writer.writeheader()
        writer.writerows(rows)
    with Database.open(tmp_path / "other.duckdb", create=True, now=clock) as other:
        with pytest.raises(Refused) as refused:
            import_path(other, other.actor(None), tmp_path / "out", today=clock().date())
        [problem] = refused.value.problems
        assert (problem.file, problem.row) == (f"{file}.csv", place + 1)
        assert why in problem.expected
        assert other.rows("SELECT count(*) FROM patient") == [(0,)]
