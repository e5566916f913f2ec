"""Outcomes, reported signs and answers to proposals are facts: checked, versioned, exported where there are any."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from registry import record, review
from registry.errors import Refused
from registry.exchange.export import export
from registry.exchange.intake import import_path
from registry.judging import calls
from registry.roles import Actor
from registry.store.database import Database

TODAY = date(2026, 3, 31)
P = {"patient_id": "P1"}
OUTCOME = {"outcome_id": "O1", "done_on": "2026-03-30", "outcome": "contacted"}
DRUG = {"comedication_id": "M1", "agent": "apixaban", "kind": "anticoagulant", "started_on": "2026-01-02"}
SIGN = {"sign_id": "S1", "noticed_on": "2026-03-29", "sign": "petechiae"}
ANSWER = {
    "first_observation_id": "A",
    "confirming_observation_id": "B",
    "answered_on": "2026-03-30",
    "answer": "rejected",
    "reason": "clumped on the smear",
}
KINDS: dict[str, dict[str, Any]] = {
    "outcome": OUTCOME,
    "sign": SIGN,
    "proposal_answer": ANSWER,
    "comedication": DRUG,
}


@pytest.fixture
def known(registry: Database, operator: Actor) -> Database:
    record.log(registry, operator, "patient", {**P, "site": "north"}, today=TODAY)
    return registry


def log(db: Database, operator: Actor, table: str, values: dict[str, Any], **other: Any) -> int:
    return record.log(db, operator, table, {**P, **values, **other}, today=TODAY)


@pytest.mark.parametrize(("table", "values"), KINDS.items())
def test_each_is_logged_amended_and_withdrawn_with_its_history(
    known: Database, operator: Actor, table: str, values: dict[str, Any]
) -> None:
    log(known, operator, table, values)
    pair = ("first_observation_id", "confirming_observation_id")
    names: tuple[str, ...] = pair if table == "proposal_answer" else (f"{table}_id",)
    identity = {**P, **{name: values[name] for name in names}}
    change = {"proposal_answer": {"reason": "x"}, "comedication": {"ended_on": "2026-03-30"}}.get(
        table, {"note": "x"}
    )
    record.amend(known, operator, table, identity, change, "more is known", 1, today=TODAY)
    record.withdraw(known, operator, table, identity, "wrong patient", 2)
    history = record.history(known, operator, table, identity)
    assert [row["version"] for row in history] == [1, 2]
    assert known.rows(f"SELECT count(*) FROM {table}_view") == [(0,)]
    assert known.verify() == []


@pytest.mark.parametrize("outcome", ["declined", "moved", "died", "transferred"])
def test_taking_a_patient_off_the_list_needs_a_reason(known: Database, operator: Actor, outcome: str) -> None:
    with pytest.raises(Refused, match="reason"):
        log(known, operator, "outcome", OUTCOME, outcome=outcome)
    log(known, operator, "outcome", OUTCOME, outcome=outcome, reason="said so on the telephone")


@pytest.mark.parametrize(
    "other", [{"reason": None}, {"answer": "accepted"}, {"answer": "perhaps"}, {"answered_on": "2026-04-01"}]
)
def test_an_answer_without_what_it_needs_is_refused(
    known: Database, operator: Actor, other: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        log(known, operator, "proposal_answer", ANSWER, **other)


def test_an_unknown_sign_and_one_that_ends_before_it_begins_are_refused(
    known: Database, operator: Actor
) -> None:
    with pytest.raises(Refused, match="petechiae"):
        log(known, operator, "sign", SIGN, sign="headache")
    with pytest.raises(Refused):
        log(known, operator, "sign", SIGN, ended_on="2026-03-28")


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "blood thinner"},
        {"kind": None},
        {"agent": None},
        {"ended_on": "2026-01-01"},
        {"started_on": "2026-04-01"},
    ],
)
def test_a_drug_without_name_or_kind_or_that_ends_before_it_begins_is_refused(
    known: Database, operator: Actor, other: dict[str, Any]
) -> None:
    with pytest.raises(Refused):
        log(known, operator, "comedication", DRUG, **other)
    log(known, operator, "comedication", DRUG, started_on=None)


def test_what_was_done_about_a_finding_makes_no_call_stale(registry: Database, operator: Actor) -> None:
    from registry import demo

    demo.load(registry, operator)
    review.rejudge(registry, operator)
    for table, values in KINDS.items():
        record.log(registry, operator, table, {**values, "patient_id": "SYN-001"}, today=TODAY)
    assert calls.stale_courses(registry) == 0


def test_a_patient_with_outcomes_is_not_withdrawn_before_them(known: Database, operator: Actor) -> None:
    log(known, operator, "outcome", OUTCOME)
    with pytest.raises(Refused, match="1 outcome"):
        record.withdraw(known, operator, "patient", P, "entered twice", 1)


def test_they_leave_and_return_with_a_bundle_byte_for_byte_and_leave_no_empty_file(
    known: Database, operator: Actor, tmp_path: Path
) -> None:
    export(known, operator, tmp_path / "without")
    assert not {path.stem for path in (tmp_path / "without").iterdir()} & KINDS.keys()
    for table, values in KINDS.items():
        log(known, operator, table, values)
    export(known, operator, tmp_path / "with")
    with Database.open(tmp_path / "other.duckdb", create=True) as other:
        import_path(other, other.actor(None), tmp_path / "with")
        export(other, other.actor(None), tmp_path / "again")
    before = {path.name: path.read_bytes() for path in (tmp_path / "with").iterdir()}
    assert {f"{table}.csv" for table in KINDS} <= before.keys()
    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == before
