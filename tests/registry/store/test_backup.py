"""A backup counts once it was opened and verified; a restore destroys nothing and is remembered."""

from datetime import datetime
from pathlib import Path

import pytest

from registry.errors import Busy, Damaged, NotPermitted, Usage
from registry.roles import Actor
from registry.store.backup import backup, doctor, restore
from registry.store.database import Database
from tests.registry.facts_for_tests import one_patient


def now() -> datetime:
    return datetime(2026, 3, 31, 12, 0)


def patients(path: Path) -> list[str]:
    with Database.open(path) as db:
        return [name for (name,) in db.rows("SELECT patient_id FROM patient_view ORDER BY patient_id")]


def test_a_backup_of_an_open_registry_is_a_registry(
    registry: Database, operator: Actor, tmp_path: Path
) -> None:
    one_patient(registry, operator, "P1")
    copy = backup(registry, operator, tmp_path / "kept" / "copy.duckdb")
    one_patient(registry, operator, "P2")
    assert sorted(path.name for path in copy.parent.iterdir()) == ["copy.duckdb", "copy.duckdb.anchor"]
    assert Database.verify_path(copy) == []
    assert patients(copy) == ["P1"]
    assert registry.verify() == []


def test_a_restore_brings_back_what_was_and_moves_aside_what_is(registry_path: Path, tmp_path: Path) -> None:
    with Database.open(registry_path, create=True) as db:
        one_patient(db, db.actor(None), "P1")
        copy = backup(db, db.actor(None), tmp_path / "copy.duckdb")
        one_patient(db, db.actor(None), "P2")
    aside = restore(copy, registry_path, now=now)
    assert aside is not None
    assert patients(registry_path) == ["P1"]
    assert patients(aside) == ["P1", "P2"]
    for path in (registry_path, aside, copy):
        assert Database.verify_path(path) == []
    with Database.open(registry_path) as db:
        last = db.rows("SELECT action, subject FROM audit_event ORDER BY seq DESC LIMIT 1")
    assert last == [("restore", "copy.duckdb")]


def test_a_destroyed_registry_is_restored(registry_path: Path, tmp_path: Path) -> None:
    with Database.open(registry_path, create=True) as db:
        one_patient(db, db.actor(None), "P1")
        copy = backup(db, db.actor(None), tmp_path / "copy.duckdb")
    registry_path.unlink()
    assert restore(copy, registry_path) is None
    assert patients(registry_path) == ["P1"]


def test_a_file_without_its_anchor_is_taken_in_by_a_restore(registry_path: Path, tmp_path: Path) -> None:
    with Database.open(registry_path, create=True) as db:
        one_patient(db, db.actor(None), "P1")
    alone = tmp_path / "alone.duckdb"
    alone.write_bytes(registry_path.read_bytes())
    restore(alone, tmp_path / "here" / "registry.duckdb")
    assert patients(tmp_path / "here" / "registry.duckdb") == ["P1"]


def test_an_altered_backup_is_not_restored(registry_path: Path, tmp_path: Path) -> None:
    with Database.open(registry_path, create=True) as db:
        copy = backup(db, db.actor(None), tmp_path / "copy.duckdb")
    before = registry_path.read_bytes()
    content = bytearray(copy.read_bytes())
    content[len(content) // 2] ^= 1
    copy.write_bytes(content)
    with pytest.raises(Damaged, match="not an intact copy"):
        restore(copy, registry_path)
    assert registry_path.read_bytes() == before


def test_a_registry_in_use_is_not_replaced(registry: Database, operator: Actor, tmp_path: Path) -> None:
    copy = backup(registry, operator, tmp_path / "copy.duckdb")
    with pytest.raises(Busy):
        restore(copy, registry.path)


def test_a_backup_never_overwrites(registry: Database, operator: Actor, tmp_path: Path) -> None:
    (tmp_path / "copy.duckdb").write_text("mine")
    with pytest.raises(Usage, match="never overwrites"):
        backup(registry, operator, tmp_path / "copy.duckdb")


def test_without_the_right_there_is_no_backup(registry: Database, tmp_path: Path) -> None:
    with pytest.raises(NotPermitted):
        backup(registry, Actor("nobody", {}), tmp_path / "copy.duckdb")
    assert not (tmp_path / "copy.duckdb").exists()


def test_the_doctor_finds_files_that_others_can_read(registry_path: Path) -> None:
    Database.open(registry_path, create=True).close()
    assert doctor(registry_path) == []
    registry_path.chmod(0o644)
    assert [problem.value for problem in doctor(registry_path)] == ["644"]
