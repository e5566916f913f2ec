"""What leaves the registry is what came in, byte for byte, and can come in again."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from registry import record
from registry.accounts.service import add_account
from registry.errors import NotPermitted, Usage
from registry.exchange.export import DERIVED, MORE, export
from registry.exchange.intake import import_path
from registry.record.columns import Table
from registry.record.fields import TABLES
from registry.roles import Actor
from registry.store.database import Database
from tests.registry.facts_for_tests import Fact, copied, written
from tests.registry.record.test_record import LIFE, TODAY


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    more: list[Fact] = [
        ("patient", {"patient_id": "P0", "death_cause": '=SUM(A1) "quoted", with a comma'}),
        (
            "observation",
            {
                "patient_id": "P0",
                "observation_id": "O2",
                "observed_at": "2020-01-01",
                "analyte": "platelets",
                "value": "<5",
                "unit": "10*9/L",
            },
        ),
        (
            "observation",
            {
                "patient_id": "P0",
                "observation_id": "O1",
                "observed_at": "2020-01-01T08:15:30",
                "analyte": "hemoglobin",
                "value": "12.4",
                "unit": "g/dL",
                "source": "Ärzte Köln",
            },
        ),
    ]
    return written(tmp_path_factory.mktemp("logged") / "registry.duckdb", [*LIFE, *more])


@pytest.fixture
def db(logged: Path, registry_path: Path) -> Iterator[Database]:
    with Database.open(copied(logged, registry_path)) as database:
        yield database


@pytest.fixture
def operator(db: Database) -> Actor:
    return db.actor(None)


def _always_written() -> list[tuple[str, Table]]:
    return [(name, table) for name, table in TABLES.items() if not table.optional]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_every_file_has_the_columns_of_the_bundle_in_its_order(
    db: Database, operator: Actor, tmp_path: Path
) -> None:
    report = export(db, operator, tmp_path / "out")
    written = files(tmp_path / "out")
    for name, table in TABLES.items():
        if not table.optional:
            assert written[f"{name}.csv"].split(b"\n")[0].decode() == ",".join(table.names)
    assert report.files["observation.csv"] == 3
    assert set(report.files) == set(written)
    assert {"call.csv", "evidence.csv", "remission.csv"} <= set(written)


def test_values_stand_as_reported_in_the_order_of_identifiers(
    db: Database, operator: Actor, tmp_path: Path
) -> None:
    export(db, operator, tmp_path / "out")
    text = (tmp_path / "out" / "observation.csv").read_bytes().decode()
    assert "\r" not in text
    assert text.splitlines()[1:] == [
        "P0,O1,2020-01-01T08:15:30,hemoglobin,12.4,g/dL,,,,,,,,Ärzte Köln,,",
        "P0,O2,2020-01-01,platelets,<5,10*9/L,,,,,,,,,,",
        "P1,O1,2020-01-01T23:30:00+01:00,platelets,12,10*9/L,,,,,,,,,,",
    ]
    patients = (tmp_path / "out" / "patient.csv").read_text()
    assert '\nP0,,,,,,"=SUM(A1) ""quoted"", with a comma"\n' in patients


def test_an_export_taken_in_and_exported_again_is_the_same_byte_for_byte(
    db: Database, operator: Actor, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    export(db, operator, first)
    with Database.open(tmp_path / "other.duckdb", create=True) as other:
        import_path(other, other.actor(None), first, today=TODAY)
        export(other, other.actor(None), second)
        assert other.verify() == []
    assert files(first) == files(second)


def test_parquet_has_the_same_columns_and_comes_in_again(
    db: Database, operator: Actor, tmp_path: Path
) -> None:
    export(db, operator, tmp_path / "out", "parquet")
    for name, table in TABLES.items():
        if not table.optional:
            assert pq.read_schema(tmp_path / "out" / f"{name}.parquet").names == list(table.names)
    calls = pq.read_schema(tmp_path / "out" / "call.parquet").names
    assert calls == [*DERIVED["call"], *MORE["call"]]
    assert {"phase", "in_response_days", "er_7d", "ir_1m", "dr_6m", "rem_12m"} <= set(MORE["call"])
    with Database.open(tmp_path / "other.duckdb", create=True) as other:
        import_path(other, other.actor(None), tmp_path / "out", today=TODAY)
        export(other, other.actor(None), tmp_path / "again")
    export(db, operator, tmp_path / "csv")
    assert files(tmp_path / "again") == files(tmp_path / "csv")


def test_withdrawn_facts_and_old_versions_stay_inside(db: Database, operator: Actor, tmp_path: Path) -> None:
    bleed = {"patient_id": "P1", "bleed_id": "B1"}
    record.amend(db, operator, "bleed", bleed, {"grade": 3}, "typed wrong", 1, today=TODAY)
    record.withdraw(db, operator, "rescue", {"patient_id": "P1", "rescue_id": "R1"}, "not given", 1)
    report = export(db, operator, tmp_path / "out")
    assert (report.files["bleed.csv"], report.files["rescue.csv"]) == (1, 0)
    assert b",WHO,3," in (tmp_path / "out" / "bleed.csv").read_bytes()


def test_the_worklist_is_written_for_a_day(db: Database, operator: Actor, tmp_path: Path) -> None:
    report = export(db, operator, tmp_path / "out", as_of=date(2018, 6, 1))
    assert report.files["worklist.csv"] == 1
    assert (tmp_path / "out" / "worklist.csv").read_text().splitlines()[1].startswith("P1,")


def test_an_export_is_audited_with_its_row_counts(db: Database, operator: Actor, tmp_path: Path) -> None:
    export(db, operator, tmp_path / "out")
    [(action, after)] = db.rows("SELECT action, after FROM audit_event ORDER BY seq DESC LIMIT 1")
    assert action == "export"
    assert '"observation.csv":3' in after


def test_without_the_right_nothing_leaves(db: Database, operator: Actor, tmp_path: Path) -> None:
    add_account(
        db, operator, "reader", {"*": ["clinician", "adjudicator"], "North": ["data_manager"]}, today=TODAY
    )
    with pytest.raises(NotPermitted):
        export(db, db.actor("reader"), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("out")] == []


def test_an_export_never_overwrites_and_never_stands_half(
    db: Database, operator: Actor, tmp_path: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("keep")
    with pytest.raises(Usage, match="not empty"):
        export(db, operator, tmp_path / "full")
    with pytest.raises(Usage, match="parquet"):
        export(db, operator, tmp_path / "out", "excel")
    locked = tmp_path / "empty"
    locked.mkdir()
    export(db, operator, locked)
    assert (locked / "patient.csv").exists()
    assert not list(tmp_path.glob("*.partial"))


def test_an_export_is_readable_by_its_owner_alone(db: Database, operator: Actor, tmp_path: Path) -> None:
    export(db, operator, tmp_path / "out")
    modes = {path.stat().st_mode & 0o077 for path in [tmp_path / "out", *(tmp_path / "out").iterdir()]}
    assert modes == {0}


def test_the_same_record_gives_the_same_bytes(db: Database, operator: Actor, tmp_path: Path) -> None:
    export(db, operator, tmp_path / "one", as_of=datetime(2018, 6, 1).date())
    export(db, operator, tmp_path / "two", as_of=datetime(2018, 6, 1).date())
    assert files(tmp_path / "one") == files(tmp_path / "two")
