"""A registry that any earlier edition made: verified as what it is, restored, and brought up to date in a copy."""

import shutil
from pathlib import Path

import pytest

from registry import sql
from registry.errors import Damaged, Unavailable
from registry.store import backup, disk, migrations
from registry.store.database import Database
from tests.registry.facts_for_tests import one_patient

ALL = migrations.available()
FIRST_AND_LAST = [1, len(ALL) - 1]


@pytest.fixture(params=range(1, len(ALL)), ids=lambda number: ALL[number - 1].name)
def older(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A closed registry with one patient, made by the first migrations alone."""
    path = tmp_path / "older" / "registry.duckdb"
    with monkeypatch.context() as edition:
        edition.setattr(migrations, "available", lambda: ALL[: request.param])
        edition.setattr(migrations, "views", dict)
        with Database.open(path, create=True) as db:
            one_patient(db, db.actor(None))
    return path


def test_an_older_edition_is_healthy_and_is_said_to_be_older(older: Path) -> None:
    before = older.read_bytes()
    assert Database.verify_path(older) == []
    assert Database.is_older_edition(older)
    assert backup.doctor(older) == []
    assert older.read_bytes() == before


def test_a_backup_of_an_older_edition_is_restored_in_a_copy_of_this_one(older: Path, tmp_path: Path) -> None:
    before = older.read_bytes()
    path = tmp_path / "now" / "registry.duckdb"
    backup.restore(older, path)
    assert older.read_bytes() == before
    assert Database.verify_path(path) == []
    assert not Database.is_older_edition(path)
    with Database.open(path) as db:
        assert db.rows("SELECT count(*) FROM patient_view")[0][0] == 1
        backup.backup(db, db.actor(None), tmp_path / "again.duckdb")
    assert Database.verify_path(tmp_path / "again.duckdb") == []


@pytest.mark.parametrize("older", FIRST_AND_LAST, indirect=True)
def test_a_verified_copy_is_made_and_announced_before_an_older_edition_is_brought_up_to_date(
    older: Path, tmp_path: Path
) -> None:
    before = older.read_bytes()
    told: list[str] = []
    head = Database.head_of(older)
    with Database.open(older, backups=tmp_path / "kept", announce=told.append) as db:
        assert db.upgrade is not None
        copy = db.upgrade.copy
        assert copy.parent == tmp_path / "kept"
        assert copy.name.endswith("Z-before-upgrade.duckdb")
        assert len(told) == 1
        assert str(copy) in told[0]
        assert copy.read_bytes() == before
        assert db.rows("SELECT actor FROM audit_event WHERE action = 'backup' AND subject = $1", [copy.name])
        assert all(step.purpose and "--" not in step.purpose for step in db.upgrade.applied)
        assert [step.number for step in db.upgrade.applied] == [
            step.number for step in ALL if step.number > head_edition(copy)
        ]
        assert db.verify() == []
    assert Database.verify_path(copy) == []
    assert Database.head_of(copy) == head
    with Database.open(older, backups=tmp_path / "kept", announce=told.append) as db:
        assert db.upgrade is None
    assert len(told) == 1


def head_edition(path: Path) -> int:
    import duckdb

    with duckdb.connect(str(path), read_only=True) as connection:
        return int(connection.execute("SELECT max(number) FROM migration").fetchall()[0][0])


def everything_in(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".lock"
    }


@pytest.mark.parametrize("older", FIRST_AND_LAST, indirect=True)
def test_without_room_an_older_edition_is_refused_and_nothing_is_changed(
    older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything_in(older.parent)
    needed = 2 * older.stat().st_size + disk.FLOOR_BYTES
    monkeypatch.setattr(disk, "free_bytes", lambda _: needed - 1)
    with pytest.raises(Unavailable, match="bringing the registry up to date needs"):
        Database.open(older)
    assert everything_in(older.parent) == before
    monkeypatch.setattr(disk, "free_bytes", lambda _: needed)
    Database.open(older).close()
    assert Database.verify_path(older) == []


def test_an_older_edition_that_a_crash_left_with_its_log_is_copied_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, cut = tmp_path / "old" / "registry.duckdb", tmp_path / "cut" / "registry.duckdb"
    cut.parent.mkdir()
    with monkeypatch.context() as edition:
        edition.setattr(migrations, "available", lambda: ALL[:-1])
        edition.setattr(migrations, "views", dict)
        with Database.open(path, create=True) as db:
            one_patient(db, db.actor(None), "P1")
            for ending in ("", ".wal", ".anchor"):
                shutil.copy(f"{path}{ending}", f"{cut}{ending}")
    before = everything_in(cut.parent)
    with monkeypatch.context() as short:
        short.setattr(disk, "free_bytes", lambda _: 0)
        with pytest.raises(Unavailable, match="almost full"):
            Database.open(cut)
    assert everything_in(cut.parent) == before
    with Database.open(cut) as db:
        assert db.upgrade is not None
        assert db.rows("SELECT patient_id FROM patient") == [("P1",)]
    with Database.open(db.upgrade.copy) as old:
        assert old.rows("SELECT patient_id FROM patient") == [("P1",)]


def test_a_fact_that_a_later_check_refuses_does_not_keep_a_registry_from_being_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a registry could neither be backed up nor brought up to date until somebody amends the fact."""
    path = tmp_path / "registry.duckdb"
    with Database.open(path, create=True) as db:
        one_patient(db, db.actor(None), "P1")
    names = sql.names
    monkeypatch.setattr(sql, "names", lambda kind: ["checks/later"] if kind == "checks" else names(kind))
    text = sql.text
    monkeypatch.setattr(
        sql, "text", lambda name: "-- no patient\nSELECT 1" if name == "checks/later" else text(name)
    )
    assert [problem.column for problem in Database.verify_path(path)] == ["later"]
    with Database.open(path) as db:
        copy = backup.backup(db, db.actor(None), tmp_path / "copy.duckdb")
    backup.restore(copy, tmp_path / "restored" / "registry.duckdb")


def test_damage_in_an_older_edition_is_found(older: Path) -> None:
    import duckdb

    connection = duckdb.connect(str(older))
    connection.execute("UPDATE account SET added_on = DATE '2001-01-01'")
    connection.close()
    assert any(problem.column == "account" for problem in Database.verify_path(older))
    with pytest.raises(Damaged):
        backup.restore(older, older.parent / "copy.duckdb")
    edition = head_edition(older)
    with pytest.raises(Damaged, match="not brought up to date"):
        Database.open(older)
    assert head_edition(older) == edition
    assert not (older.parent / "backups").exists() or not list((older.parent / "backups").iterdir())


def test_a_newer_edition_is_refused_and_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "registry.duckdb"
    Database.open(path, create=True).close()
    before = path.read_bytes()
    monkeypatch.setattr(migrations, "available", lambda: ALL[:-1])
    (problem,) = Database.verify_path(path)
    assert "newer version" in problem.expected
    with pytest.raises(Damaged, match="newer version"):
        backup.restore(path, tmp_path / "other.duckdb")
    with pytest.raises(Damaged, match="newer version"):
        Database.open(path)
    assert path.read_bytes() == before
