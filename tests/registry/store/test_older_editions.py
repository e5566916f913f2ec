"""A registry that any earlier edition made: verified as what it is, restored, and brought up to date in a copy."""

from pathlib import Path

import pytest

from registry.errors import Damaged
from registry.store import backup, migrations
from registry.store.database import Database
from tests.registry.facts_for_tests import one_patient

ALL = migrations.available()


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


def test_damage_in_an_older_edition_is_found(older: Path) -> None:
    import duckdb

    connection = duckdb.connect(str(older))
    connection.execute("UPDATE account SET added_on = DATE '2001-01-01'")
    connection.close()
    assert any(problem.column == "account" for problem in Database.verify_path(older))
    with pytest.raises(Damaged):
        backup.restore(older, older.parent / "copy.duckdb")


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
