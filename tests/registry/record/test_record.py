"""Single facts: logged once, amended beside the old, withdrawn without being lost, always with a reason."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from registry import record
from registry.accounts.service import add_account
from registry.errors import AlreadyDone, Conflict, NadirError, NotPermitted, Refused, Usage
from registry.roles import Actor
from registry.store.database import Database
from tests.registry.facts_for_tests import Fact, copied, written

TODAY = date(2026, 3, 31)
BLEED: dict[str, object] = {"patient_id": "P1", "bleed_id": "B1"}

LIFE: list[Fact] = [
    ("patient", {"patient_id": "P1", "site": "North", "born_on": date(1970, 1, 1)}),
    ("episode", {"patient_id": "P1", "episode_id": "E1", "disease": "ITP", "onset_on": "2019-12-01"}),
    ("course", {"episode_id": "E1", "course_id": "C1", "started_on": "2020-01-01"}),
    ("course_agent", {"course_id": "C1", "agent": "Prednisolone", "started_on": "2020-01-01", "dose": "60"}),
    (
        "exposure",
        {
            "patient_id": "P1",
            "exposure_id": "X1",
            "agent": "alemtuzumab",
            "setting": "multiple_sclerosis",
            "started_on": "2018-01-01",
            "cycle": 1,
            "dose_mg": "30",
        },
    ),
    (
        "observation",
        {
            "patient_id": "P1",
            "observation_id": "O1",
            "observed_at": "2020-01-01T23:30:00+01:00",
            "analyte": "platelets",
            "value": "12",
            "unit": "10*9/L",
        },
    ),
    ("bleed", {**BLEED, "started_on": "2020-01-01", "scale": "WHO", "grade": 2}),
    (
        "transfusion",
        {"patient_id": "P1", "transfusion_id": "T1", "given_on": "2020-01-02", "product": "platelets"},
    ),
    ("rescue", {"patient_id": "P1", "rescue_id": "R1", "given_on": "2020-01-02", "agent": "ivig"}),
    (
        "other_cause",
        {"patient_id": "P1", "started_on": "2020-02-01", "disease": "ITP", "cause": "parvovirus"},
    ),
    (
        "adverse_event",
        {
            "patient_id": "P1",
            "adverse_event_id": "A1",
            "category": "infection",
            "term": "sepsis",
            "onset_on": "2020-02-01",
        },
    ),
    ("attribution", {"adverse_event_id": "A1", "course_id": "C1", "relatedness": "possible"}),
    (
        "denominator",
        {"cohort": "c", "setting": "s", "from_on": "2009-01-01", "to_on": "2018-12-31", "n": 1431},
    ),
]

CHANGES: dict[str, dict[str, object]] = {
    "patient": {"sex": "female"},
    "episode": {"ended_on": "2021-01-01"},
    "course": {"stopped_on": "2020-06-01"},
    "course_agent": {"dose": "40"},
    "exposure": {"dose_mg": "60"},
    "observation": {"value": "21"},
    "bleed": {"grade": 3},
    "transfusion": {"units": "2"},
    "rescue": {"reason": "bleed"},
    "other_cause": {"ended_on": "2020-03-01"},
    "adverse_event": {"serious": "yes"},
    "attribution": {"relatedness": "probable"},
    "denominator": {"n": 1432},
}


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with one fact of every table, closed."""
    return written(tmp_path_factory.mktemp("logged") / "registry.duckdb", LIFE)


@pytest.fixture
def db(logged: Path, registry_path: Path) -> Iterator[Database]:
    """A copy of it that a test may change."""
    with Database.open(copied(logged, registry_path)) as database:
        yield database


@pytest.fixture
def operator(db: Database) -> Actor:
    return db.actor(None)


def named(table: str) -> dict[str, object]:
    values = {**dict(LIFE)[table]}
    if table == "course_agent":
        values["agent"] = "prednisolone"
    return record.identity_of(table, values)


def amended(db: Database, actor: Actor, version: int = 1, **changes: object) -> int:
    return record.amend(db, actor, "bleed", BLEED, changes, "typed wrong", version, today=TODAY)


@pytest.mark.parametrize("table", [table for table, _ in LIFE])
def test_every_fact_is_logged_amended_and_keeps_both_versions(
    db: Database, operator: Actor, table: str
) -> None:
    identity, changes = named(table), CHANGES[table]
    assert record.version(db, table, identity) == 1
    [before] = record.history(db, operator, table, identity)
    seq = record.amend(db, operator, table, identity, changes, "typed wrong", 1, today=TODAY)
    assert seq == db.revision
    first, second = record.history(db, operator, table, identity)
    unchanged = {name for name in before if not name.startswith("superseded")}
    assert {name: first[name] for name in unchanged} == {name: before[name] for name in unchanged}
    assert first["superseded_by"] == second["change_seq"] == seq
    assert [str(second[name]) for name in changes] == [str(value) for value in changes.values()]
    assert (second["version"], second["written_because"]) == (2, "typed wrong")
    assert db.verify() == []


def test_an_amendment_shows_what_was_and_what_is(db: Database, operator: Actor) -> None:
    seq = amended(db, operator, grade=3)
    event = db.rows("SELECT action, subject, reason, before, after FROM audit_event WHERE seq = $1", [seq])
    assert event == [("amend", "bleed P1 B1", "typed wrong", '{"grade":"2"}', '{"grade":"3"}')]


def test_derived_columns_follow_an_amended_value(db: Database, operator: Actor) -> None:
    identity = {"patient_id": "P1", "observation_id": "O1"}
    record.amend(db, operator, "observation", identity, {"unit": None}, "unit was guessed", 1, today=TODAY)
    query = "SELECT canonical_e6, not_evaluable FROM observation ORDER BY version"
    assert db.rows(query) == [(12_000_000, None), (None, "unit_missing")]


def test_the_day_of_a_count_is_the_day_where_the_patient_was(db: Database) -> None:
    query = "SELECT observed_on::VARCHAR, observed_at::VARCHAR, observed_at_reported FROM observation_view"
    assert db.rows(query) == [("2020-01-01", "2020-01-01 22:30:00", "2020-01-01T23:30:00+01:00")]


def test_two_people_cannot_amend_the_same_version(db: Database, operator: Actor) -> None:
    amended(db, operator, grade=3)
    with pytest.raises(Conflict, match="changed by someone else") as caught:
        amended(db, operator, grade=4)
    assert (caught.value.expected_version, caught.value.current_version) == (1, 2)
    amended(db, operator, version=2, grade=4)


def test_a_fact_that_is_known_is_not_logged_again(db: Database, operator: Actor) -> None:
    with pytest.raises(Conflict, match="Amend it instead") as caught:
        record.log(db, operator, "bleed", dict(LIFE)["bleed"], today=TODAY)
    assert caught.value.current_version == 1


def test_a_withdrawn_fact_counts_no_longer_and_stays_in_the_history(db: Database, operator: Actor) -> None:
    record.withdraw(db, operator, "bleed", BLEED, "another patient's", 1)
    assert db.rows("SELECT count(*) FROM bleed_view") == [(0,)]
    assert record.version(db, "bleed", BLEED) is None
    [only] = record.history(db, operator, "bleed", BLEED)
    assert (only["superseded_as"], only["superseded_because"]) == ("withdraw", "another patient's")
    with pytest.raises(Refused, match="There is no bleed P1 B1 now"):
        amended(db, operator, grade=3)


def test_a_withdrawn_fact_may_be_logged_again_as_its_next_version(db: Database, operator: Actor) -> None:
    record.withdraw(db, operator, "bleed", BLEED, "by mistake", 1)
    record.log(db, operator, "bleed", dict(LIFE)["bleed"], "it was right", today=TODAY)
    assert record.version(db, "bleed", BLEED) == 2
    assert db.verify() == []


def test_what_others_hang_on_is_withdrawn_last(db: Database, operator: Actor) -> None:
    for table in ("patient", "episode", "course", "adverse_event"):
        with pytest.raises(Refused, match="Withdraw these first"):
            record.withdraw(db, operator, table, named(table), "duplicate", 1)
    for table, _ in reversed(LIFE):
        record.withdraw(db, operator, table, named(table), "duplicate", 1)
    assert db.rows("SELECT count(*) FROM patient_view") == [(0,)]
    assert db.verify() == []


@pytest.mark.parametrize("reason", ["", " "])
def test_amending_and_withdrawing_without_a_reason_is_refused(
    db: Database, operator: Actor, reason: str
) -> None:
    with pytest.raises(Usage, match="reason"):
        record.amend(db, operator, "bleed", BLEED, {"grade": 3}, reason, 1)
    with pytest.raises(Usage, match="reason"):
        record.withdraw(db, operator, "bleed", BLEED, reason, 1)


@pytest.mark.parametrize(
    ("table", "values", "error"),
    [
        (
            "bleed",
            {**BLEED, "bleed_id": "B2", "started_on": "2020-01-01", "scale": "WHO", "grade": 9},
            Refused,
        ),
        (
            "bleed",
            {**BLEED, "bleed_id": "B2", "started_on": "1960-01-01", "scale": "WHO", "grade": 1},
            Refused,
        ),
        (
            "bleed",
            {**BLEED, "bleed_id": "B2", "started_on": "2030-01-01", "scale": "WHO", "grade": 1},
            Refused,
        ),
        (
            "bleed",
            {**BLEED, "patient_id": "P9", "started_on": "2020-01-01", "scale": "WHO", "grade": 1},
            Refused,
        ),
        ("bleed", {**BLEED, "colour": "red"}, Usage),
        ("bruise", {}, Usage),
        ("course", {"episode_id": "E9", "course_id": "C2", "started_on": "2020-01-01"}, Refused),
    ],
)
def test_a_wrong_fact_is_refused_and_nothing_is_stored(
    db: Database, operator: Actor, table: str, values: dict[str, object], error: type[NadirError]
) -> None:
    before = db.revision
    with pytest.raises(error):
        record.log(db, operator, table, values, today=TODAY)
    assert db.revision == before


def test_an_amendment_goes_through_the_same_checks(db: Database, operator: Actor) -> None:
    with pytest.raises(Refused) as caught:
        amended(db, operator, grade=9, scale="none")
    assert {problem.column for problem in caught.value.problems} == {"grade", "scale"}
    with pytest.raises(Usage, match="already"):
        amended(db, operator, grade=2)
    with pytest.raises(Usage, match="cannot be amended"):
        amended(db, operator, bleed_id="B7")
    assert record.version(db, "bleed", BLEED) == 1


def test_a_fact_is_named_by_its_whole_identity(db: Database, operator: Actor) -> None:
    with pytest.raises(Usage, match="patient_id, bleed_id"):
        record.history(db, operator, "bleed", {"bleed_id": "B1"})
    assert record.history(db, operator, "bleed", {"patient_id": "P9", "bleed_id": "B1"}) == []


def test_a_nurse_writes_only_at_her_own_site(db: Database, operator: Actor) -> None:
    add_account(db, operator, "north", {"North": ["nurse"]}, today=TODAY)
    add_account(db, operator, "south", {"South": ["nurse"]}, today=TODAY)
    north, south = db.actor("north"), db.actor("south")
    before = db.revision
    for table, _ in LIFE:
        with pytest.raises(NotPermitted):
            record.amend(db, south, table, named(table), CHANGES[table], "r", 1, today=TODAY)
        with pytest.raises(NotPermitted):
            record.withdraw(db, south, table, named(table), "r", 1)
        with pytest.raises(NotPermitted):
            record.history(db, south, table, named(table))
    with pytest.raises(NotPermitted):
        record.log(db, south, "bleed", {**dict(LIFE)["bleed"], "bleed_id": "B2"}, today=TODAY)
    assert db.revision == before
    amended(db, north, grade=3)
    record.log(db, south, "patient", {"patient_id": "P2", "site": "South"}, today=TODAY)


def test_a_patient_is_not_moved_to_a_site_where_one_may_not_write(db: Database, operator: Actor) -> None:
    add_account(db, operator, "north", {"North": ["nurse"]}, today=TODAY)
    with pytest.raises(NotPermitted):
        record.amend(
            db, db.actor("north"), "patient", {"patient_id": "P1"}, {"site": "South"}, "moved", 1, today=TODAY
        )


def test_a_request_sent_twice_is_stored_once(db: Database, operator: Actor) -> None:
    values = {**dict(LIFE)["bleed"], "bleed_id": "B2"}
    seq = record.log(db, operator, "bleed", values, today=TODAY, key="form 1")
    with pytest.raises(AlreadyDone) as caught:
        record.log(db, operator, "bleed", values, today=TODAY, key="form 1")
    assert caught.value.seq == seq


def test_a_line_number_is_derived_for_drugs_and_zero_for_observation(db: Database, operator: Actor) -> None:
    more: list[tuple[str, str, dict[str, object]]] = [
        ("C2", "2021-01-01", {"intent": "observation"}),
        ("C3", "2022-01-01", {}),
        ("C4", "2023-01-01", {"line_number": 7}),
    ]
    for course, start, values in more:
        known: dict[str, object] = {"episode_id": "E1", "course_id": course, "started_on": start}
        record.log(db, operator, "course", known | values, today=TODAY)
    agents: dict[str, object] = {"course_id": "C3", "started_on": "2022-01-01"}
    for agent in ("rituximab", "eltrombopag", "romiplostim"):
        record.log(db, operator, "course_agent", agents | {"agent": agent}, today=TODAY)
    found = db.rows("SELECT course_id, line_number, regimen FROM course_view ORDER BY course_id")
    assert found == [("C1", 1, "STEROID"), ("C2", 0, None), ("C3", 2, "RITUXIMAB+TPO_RA"), ("C4", 7, None)]
