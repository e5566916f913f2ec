"""The app copies its registry by the hour, goes on when that fails, and says so."""

import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from registry.cli import main
from registry.cli.hourly import attempt, hourly_copies
from registry.cli.running_app import listening
from registry.errors import Usage
from registry.serve import backups_folder, environment
from registry.store import backups
from registry.store.database import Database
from tests.conftest import Clock
from tests.registry.facts_for_tests import one_patient


def until(true: Callable[[], bool]) -> None:
    limit = time.monotonic() + 60
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.02)


def test_the_app_makes_a_copy_when_it_is_due_and_none_when_nothing_changed(
    registry: Database, clock: Clock, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    with hourly_copies(folder, lambda: registry, look_seconds=0.02):
        until(lambda: len(backups.copies(folder, registry.path)) == 1)
        clock.advance(hours=2)
        time.sleep(0.3)
        assert len(backups.copies(folder, registry.path)) == 1
        one_patient(registry, registry.actor(None), "P1")
        until(lambda: len(backups.copies(folder, registry.path)) == 2)
    assert registry.copies is not None
    assert registry.copies.failure is None
    for copy in backups.copies(folder, registry.path):
        assert Database.verify_path(copy.path) == []


def test_a_failing_backup_stops_nothing_is_told_by_doctor_and_ends_when_one_succeeds(
    registry: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    folder.write_text("no folder")
    path = registry.path
    assert not attempt(folder, lambda: registry)
    assert registry.copies is not None
    assert "a file stands where the folder should be" in str(registry.copies.failure)
    one_patient(registry, registry.actor(None), "P1")
    with listening(path, lambda: registry, main):
        told = CliRunner().invoke(main, ["doctor", "--db", str(path)])
        assert told.exit_code == 1
        assert "a backup every hour in which something changed" in told.stdout
        folder.unlink()
        assert attempt(folder, lambda: registry)
        assert CliRunner().invoke(main, ["doctor", "--db", str(path)]).exit_code == 0


def test_whatever_goes_wrong_the_thread_lives_on(
    registry: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> Database:
        raise RuntimeError("nobody thought of this")

    def absent() -> Database:
        raise Usage("There is no registry.")

    assert not attempt(tmp_path, broken)
    assert attempt(tmp_path, absent)
    monkeypatch.setattr(Database, "verify_copy", lambda _: 1 / 0)
    assert not attempt(tmp_path / "kept", lambda: registry)
    assert registry.copies is not None
    assert registry.copies.failure == "The server's log says why."
    assert list((tmp_path / "kept").iterdir()) == []
    monkeypatch.undo()
    assert attempt(tmp_path / "kept", lambda: registry)
    assert registry.copies.failure is None


def test_a_registry_that_was_closed_meanwhile_is_left_alone(registry_path: Path, tmp_path: Path) -> None:
    with closing(Database.open(registry_path, create=True)) as db:
        pass
    assert not attempt(tmp_path / "kept", lambda: db)
    assert Database.verify_path(registry_path) == []


def test_the_folder_is_the_one_named_else_the_environments_else_beside_the_registry(
    registry_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NADIR_BACKUPS", raising=False)
    assert environment(registry_path)["NADIR_BACKUPS"] == str(tmp_path / "backups")
    assert environment(registry_path, backups=tmp_path / "b")["NADIR_BACKUPS"] == str(tmp_path / "b")
    monkeypatch.setenv("NADIR_BACKUPS", str(tmp_path / "c"))
    assert environment(registry_path)["NADIR_BACKUPS"] == str(tmp_path / "c")
    assert backups_folder() == tmp_path / "c"
    monkeypatch.setenv("NADIR_DEMO", "yes")
    assert backups_folder() is None
