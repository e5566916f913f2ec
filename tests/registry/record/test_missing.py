"""Missing is said: why a column is empty is a fact of its own, and goes when the value comes."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from registry import record
from registry.accounts.service import add_account
from registry.entry import Fact, FactProblem, save
from registry.errors import NotPermitted, Refused, Usage
from registry.exchange.export import export
from registry.exchange.intake import import_path
from registry.record.fields import MAY_LACK, TABLES
from registry.record.missing import missing
from registry.roles import Actor
from registry.store.database import Database
from tests.registry.facts_for_tests import Fact as Logged
from tests.registry.facts_for_tests import copied, written

TODAY = date(2026, 3, 31)
LIFE: list[Logged] = [
    ("patient", {"patient_id": "P1", "site": "North"}),
    ("episode", {"patient_id": "P1", "episode_id": "E1", "disease": "ITP", "onset_on": "2024-01-01"}),
    ("bleed", {"patient_id": "P1", "bleed_id": "B1", "started_on": "2025-01-01", "scale": "WHO", "grade": 2}),
]
COURSE = Fact(
    "course",
    {"episode_id": "E1", "started_on": "2025-01-01", "stopped_on": "2025-02-01"},
    name="course",
    missing={"stop_reason": "unknown"},
)
AGENT = Fact(
    "course_agent",
    {"agent": "Prednisolone", "started_on": "2025-01-01"},
    name="agents.1",
    missing={"dose": "unknown", "route": "not_done"},
)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("missing") / "registry.duckdb", LIFE)


@pytest.fixture
def db(begun: Path, registry_path: Path) -> Iterator[Database]:
    with Database.open(copied(begun, registry_path)) as database:
        yield database


@pytest.fixture
def operator(db: Database) -> Actor:
    return db.actor(None)


def said(db: Database, actor: Actor) -> dict[tuple[str, str], str]:
    return {(one.fact_id, one.column): one.reason for one in missing(db, actor, "P1")}


def begin(db: Database, actor: Actor) -> None:
    save(db, actor, [COURSE, AGENT], key="form 1", today=TODAY)


STEP = "P1-C1/prednisolone/2025-01-01"


def test_reasons_are_stored_with_their_facts(db: Database, operator: Actor) -> None:
    before = db.revision
    begin(db, operator)
    assert db.revision == before + 1
    assert said(db, operator) == {
        ("P1-C1", "stop_reason"): "unknown",
        (STEP, "dose"): "unknown",
        (STEP, "route"): "not_done",
    }
    [one] = [one for one in missing(db, operator, "P1") if one.column == "stop_reason"]
    assert (one.table, one.said_by, one.version) == ("course", "admin", 1)
    assert db.verify() == []


def test_a_value_recorded_later_takes_its_reason_away_in_the_same_change(
    db: Database, operator: Actor
) -> None:
    begin(db, operator)
    seq = record.amend(
        db, operator, "course", {"course_id": "P1-C1"}, {"stop_reason": "response"}, "found", 1, today=TODAY
    )
    assert ("P1-C1", "stop_reason") not in said(db, operator)
    assert (STEP, "dose") in said(db, operator)
    name = {"patient_id": "P1", "table_name": "course", "fact_id": "P1-C1", "column_name": "stop_reason"}
    [one] = record.history(db, operator, "missing_value", name)
    assert (one["reason"], one["superseded_by"]) == ("unknown", seq)
    assert db.verify() == []


def test_another_value_of_the_same_fact_leaves_the_reason(db: Database, operator: Actor) -> None:
    begin(db, operator)
    record.amend(
        db, operator, "course", {"course_id": "P1-C1"}, {"intent": "induction"}, "found", 1, today=TODAY
    )
    assert ("P1-C1", "stop_reason") in said(db, operator)


def test_an_imported_value_takes_the_reason_away_too(db: Database, operator: Actor, tmp_path: Path) -> None:
    begin(db, operator)
    step = tmp_path / "course_agent.csv"
    step.write_text("course_id,agent,started_on,dose\nP1-C1,prednisolone,2025-01-01,60\n")
    import_path(db, operator, step, today=TODAY)
    assert set(said(db, operator)) == {("P1-C1", "stop_reason"), (STEP, "route")}
    assert db.verify() == []


def test_a_reason_goes_with_its_fact(db: Database, operator: Actor) -> None:
    begin(db, operator)
    step = {"course_id": "P1-C1", "agent": "prednisolone", "started_on": "2025-01-01"}
    record.withdraw(db, operator, "course_agent", step, "twice", 1)
    assert set(said(db, operator)) == {("P1-C1", "stop_reason")}
    record.withdraw(db, operator, "course", {"course_id": "P1-C1"}, "twice", 1)
    assert said(db, operator) == {}
    assert db.verify() == []


def test_a_reason_may_change_and_may_be_said_of_what_is_stored(db: Database, operator: Actor) -> None:
    bleed = {"patient_id": "P1", "bleed_id": "B1"}
    for key, reason in (("1", "unknown"), ("2", "not_done"), ("3", "not_done")):
        fact = Fact("bleed", bleed, 1, missing={"site": reason})
        if key == "3":
            with pytest.raises(Usage, match="nothing is amended"):
                save(db, operator, [fact], key=key, today=TODAY, reason="told")
        else:
            save(db, operator, [fact], key=key, today=TODAY, reason="told")
    assert said(db, operator) == {("B1", "site"): "not_done"}
    assert record.version(db, "bleed", bleed) == 1


@pytest.mark.parametrize(
    ("values", "reasons", "field"),
    [
        ({"site": "gum"}, {"site": "unknown"}, "bleed.site"),
        ({}, {"grade": "unknown"}, "bleed.grade"),
        ({}, {"colour": "unknown"}, "bleed.colour"),
        ({}, {"site": "forgotten"}, "bleed.site"),
    ],
)
def test_a_reason_that_cannot_be_is_a_problem_of_its_field(
    db: Database, operator: Actor, values: dict[str, str], reasons: dict[str, str], field: str
) -> None:
    bleed = {"patient_id": "P1", "started_on": "2025-02-01", "scale": "WHO", "grade": 1, **values}
    fact = Fact("bleed", bleed, name="bleed", missing=reasons)
    with pytest.raises(Refused) as caught:
        save(db, operator, [fact], key="1", today=TODAY)
    assert [one.field for one in caught.value.problems if isinstance(one, FactProblem)] == [field]
    assert said(db, operator) == {}


def test_a_count_that_was_not_done_says_so_itself(db: Database, operator: Actor) -> None:
    count = {"patient_id": "P1", "observed_at": "2025-02-01", "analyte": "platelets"}
    fact = Fact("observation", count, missing={"value": "not_done"})
    done = save(db, operator, [fact], key="1", today=TODAY)
    query = "SELECT value, missing_reason, not_evaluable FROM observation_view"
    assert db.rows(query) == [(None, "not_done", "missing")]
    assert said(db, operator) == {}
    value = Fact("observation", {**done.facts[0].identity, "value": "31", "unit": "10*9/L"}, 1)
    save(db, operator, [value], key="2", today=TODAY, reason="it came late")
    assert db.rows(query) == [("31", None, None)]


def test_reasons_leave_and_come_in_with_the_bundle_byte_for_byte(
    db: Database, operator: Actor, tmp_path: Path
) -> None:
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    export(db, operator, tmp_path / "without")
    assert not (tmp_path / "without" / "missing_value.csv").exists()
    begin(db, operator)
    export(db, operator, first)
    assert (first / "missing_value.csv").read_text().splitlines() == [
        "patient_id,table_name,fact_id,column_name,reason",
        "P1,course,P1-C1,stop_reason,unknown",
        f"P1,course_agent,{STEP},dose,unknown",
        f"P1,course_agent,{STEP},route,not_done",
    ]
    with Database.open(tmp_path / "other.duckdb", create=True) as other:
        import_path(other, other.actor(None), first, today=TODAY)
        export(other, other.actor(None), second)
        again = import_path(other, other.actor(None), first, today=TODAY)
        assert again.changes == 0
        assert other.verify() == []
        export(other, other.actor(None), third)
    contents = [
        {path.name: path.read_bytes() for path in folder.iterdir()} for folder in (first, second, third)
    ]
    assert contents[0] == contents[1] == contents[2]


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("P1,course,C9,stop_reason,unknown", "fact_id"),
        ("P1,bleed,B1,grade,unknown", "column_name"),
        ("P1,bleed,B1,started_on,unknown", "column_name"),
        ("P1,patient,P1,site,unknown", "column_name"),
        ("P1,denominator,D,n,unknown", "table_name"),
        ("P1,bleed,B1,site,lost", "reason"),
        ("P9,bleed,B1,site,unknown", "patient_id"),
    ],
)
def test_an_imported_reason_belongs_to_an_empty_column_of_a_fact(
    db: Database, operator: Actor, tmp_path: Path, row: str, column: str
) -> None:
    file = tmp_path / "missing_value.csv"
    file.write_text(f"patient_id,table_name,fact_id,column_name,reason\n{row}\n")
    with pytest.raises(Refused) as caught:
        import_path(db, operator, file, today=TODAY)
    assert column in {one.column for one in caught.value.problems}
    file.write_text("patient_id,table_name,fact_id,column_name,reason\nP1,bleed,B1,site,unknown\n")
    import_path(db, operator, file, today=TODAY)
    assert said(db, operator) == {("B1", "site"): "unknown"}


def test_only_who_may_read_a_patient_reads_what_is_missing(db: Database, operator: Actor) -> None:
    begin(db, operator)
    add_account(db, operator, "south", {"South": ["nurse"]}, today=TODAY)
    with pytest.raises(NotPermitted):
        missing(db, db.actor("south"), "P1")


@pytest.mark.parametrize("name", MAY_LACK)
def test_every_column_that_may_be_empty_can_be_said_to_be_missing(name: str) -> None:
    lacking = TABLES[name].may_lack
    assert not {*TABLES[name].required, *TABLES[name].identity, "missing_reason"} & {*lacking}
    assert ("value" in lacking) is False
