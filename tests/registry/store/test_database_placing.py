"""What is put in the place of a registry is there whole, or the old one is; a file that vanishes is noticed."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import pytest

from registry.errors import Damaged, Unavailable, Usage
from registry.store import disk, placing
from registry.store.anchor import Anchor
from registry.store.backup import backup, restore
from registry.store.database import Database
from tests.registry.facts_for_tests import one_patient

KILLS = 20
"""Kills of the short storms; NADIR_KILLS asks for more, NADIR_SEED for others."""
OLD, NEW = ["P1", "P2"], ["P1"]


class Killed(BaseException):
    """Stands in for the end of the process."""


def now() -> datetime:
    return datetime(2026, 3, 31, 12, 0)


def patients(path: Path) -> list[str]:
    with Database.open(path) as db:
        return [name for (name,) in db.rows("SELECT patient_id FROM patient ORDER BY ALL")]


def kills() -> tuple[int, random.Random]:
    return int(os.environ.get("NADIR_KILLS", KILLS)), random.Random(
        int(os.environ.get("NADIR_SEED", "20261201"))
    )


@pytest.fixture
def copy(registry_path: Path, tmp_path: Path) -> Path:
    """A backup of one patient beside a registry that has two by now."""
    with Database.open(registry_path, create=True) as db:
        one_patient(db, db.actor(None), "P1")
        made = backup(db, db.actor(None), tmp_path / "kept" / "copy.duckdb")
        one_patient(db, db.actor(None), "P2")
    return made


def whole(path: Path) -> list[str]:
    """The patients of a registry after a restore that was cut off; everything around it is in order."""
    found = patients(path)
    assert Database.verify_path(path) == []
    left = [one.name for one in path.parent.iterdir() if "partial" in one.name or "placing" in one.name]
    assert left == []
    if found == NEW:
        [aside] = [one for one in path.parent.glob(f"{path.name}.before-*") if one.name[-1].isdigit()]
        assert patients(aside) == OLD
        assert Database.verify_path(aside) == []
        with Database.open(path) as db:
            assert db.rows("SELECT count(*) FROM audit_event WHERE action = 'restore'") == [(1,)]
    return found


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """End at the step-th renaming or removal of a file; what was done before that."""
    done: list[str] = []

    def counted(name: str) -> Callable[..., object]:
        real = getattr(Path, name)

        def act(self: Path, *given: object, **named: object) -> object:
            if name != "unlink" or self.exists():
                if len(done) == step:
                    raise Killed
                done.append(f"{name} {self.name}")
            return real(self, *given, **named)

        return act

    with monkeypatch.context() as patched:
        for name in ("rename", "replace", "unlink"):
            patched.setattr(Path, name, counted(name))
        yield done


def test_a_restore_cut_off_before_any_renaming_leaves_the_old_whole_or_is_finished(
    copy: Path, registry_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    seen: list[list[str]] = []
    for step in range(30):
        for path in tmp_path.iterdir():
            if path.is_file():
                path.unlink()
        for name, content in before.items():
            (tmp_path / name).write_bytes(content)
        with killed_at(step, monkeypatch) as done:
            try:
                restore(copy, registry_path, now=now)
                break
            except Killed:
                pass
        seen.append(whole(registry_path))
    else:
        pytest.fail("the restore never ended")
    assert len(done) >= 6
    first_new = seen.index(NEW)
    assert seen == [OLD] * first_new + [NEW] * (len(seen) - first_new)


def test_a_restore_into_an_empty_place_or_beside_what_is_left_of_a_registry_is_finished(
    copy: Path, registry_path: Path, tmp_path: Path
) -> None:
    registry_path.unlink()  # the anchor of the lost registry is still there
    assert restore(copy, registry_path, now=now) is None
    assert patients(registry_path) == NEW
    elsewhere = tmp_path / "new" / "registry.duckdb"
    assert restore(copy, elsewhere) is None
    assert patients(elsewhere) == NEW


def test_until_a_cut_off_restore_is_finished_nobody_takes_its_state_for_the_registry(
    copy: Path, registry_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_at(3, monkeypatch), pytest.raises(Killed):
        restore(copy, registry_path, now=now)
    assert placing.unfinished(registry_path)
    for look in (Database.verify_path, Database.newest_event_of):
        with pytest.raises(Unavailable, match="was cut off"):
            look(registry_path)
    assert patients(registry_path) == NEW
    assert Database.verify_path(registry_path) == []


def test_another_restore_takes_the_place_of_one_that_was_cut_off(
    copy: Path, registry_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with killed_at(3, monkeypatch), pytest.raises(Killed):
        restore(copy, registry_path, now=now)
    aside = restore(copy, registry_path, now=lambda: datetime(2026, 3, 31, 12, 1))
    assert aside is not None
    assert patients(registry_path) == NEW
    assert patients(aside) == NEW
    assert patients(registry_path.with_name("registry.duckdb.before-20260331T120000")) == OLD


def test_a_note_that_is_not_readable_is_refused_in_words(registry_path: Path) -> None:
    Database.open(registry_path, create=True).close()
    note = Path(f"{registry_path}.placing")
    note.write_text("{")
    with pytest.raises(Damaged, match="not readable"):
        Database.open(registry_path)
    note.unlink()
    Database.open(registry_path).close()


RESTORER = """
import sys
from registry.store.backup import restore
print("go", flush=True)
restore(sys.argv[1], sys.argv[2])
"""
MAKER = """
import sys
from registry.store.database import Database
print("go", flush=True)
Database.open(sys.argv[1], create=True).close()
"""


def killed(program: str, *arguments: Path, after_seconds: float) -> None:
    run = subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert run.stdout is not None
    run.stdout.readline()
    time.sleep(after_seconds)
    run.send_signal(signal.SIGKILL)
    run.wait()
    run.stdout.close()


def test_a_restore_killed_at_any_moment_leaves_the_old_or_the_new_registry(
    copy: Path, registry_path: Path, tmp_path: Path
) -> None:
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    number, chance = kills()
    outcomes = set()
    for _ in range(number):
        for path in tmp_path.iterdir():
            if path.is_file():
                path.unlink()
        for name, content in before.items():
            (tmp_path / name).write_bytes(content)
        killed(RESTORER, copy, registry_path, after_seconds=chance.uniform(0, 0.6))
        outcomes.add(tuple(whole(registry_path)))
    assert outcomes <= {tuple(OLD), tuple(NEW)}
    assert Database.verify_path(copy) == []


def test_a_new_registry_killed_at_any_moment_is_not_there_or_whole(tmp_path: Path) -> None:
    number, chance = kills()
    for attempt in range(number):
        path = tmp_path / str(attempt) / "registry.duckdb"
        killed(MAKER, path, after_seconds=chance.uniform(0, 0.8))
        if not path.exists() and not placing.unfinished(path):
            with pytest.raises(Usage, match="no registry"):
                Database.open(path)
        with Database.open(path, create=True) as db:
            assert db.rows("SELECT name FROM account") == [("admin",)]
            assert db.upgrade is None
        assert Database.verify_path(path) == []
        assert not list(path.parent.glob("*partial*"))


def test_every_step_of_making_a_registry_may_be_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for step in range(20):
        path = tmp_path / str(step) / "registry.duckdb"
        with killed_at(step, monkeypatch) as done:
            try:
                Database.open(path, create=True).close()
                break
            except Killed:
                pass
        Database.open(path, create=True).close()
        assert Database.verify_path(path) == []
    assert len(done) >= 3


# A file that vanishes under the running app


def refused(db: Database, words: str) -> None:
    head, admin = db.head, db.actor(None)
    with pytest.raises(Unavailable, match=words):
        one_patient(db, admin, "P9")
    with pytest.raises(Unavailable, match=words):
        backup(db, admin, db.path.parent / "copies" / "copy.duckdb")
    assert db.head == head
    assert not (db.path.parent / "copies" / "copy.duckdb").exists()


def test_a_file_that_was_removed_is_noticed_at_the_next_change_and_put_back_it_goes_on(
    registry: Database, registry_path: Path
) -> None:
    one_patient(registry, registry.actor(None), "P1")
    away = registry_path.rename(registry_path.with_name("away.duckdb"))
    refused(registry, "was removed or renamed while it was open")
    assert registry.rows("SELECT patient_id FROM patient") == [("P1",)]
    away.rename(registry_path)
    one_patient(registry, registry.actor(None), "P2")
    registry.close()
    assert Database.verify_path(registry_path) == []


def test_a_file_that_was_replaced_is_noticed_and_closing_leaves_the_other_as_it_is(
    registry: Database, registry_path: Path, tmp_path: Path
) -> None:
    one_patient(registry, registry.actor(None), "P1")
    other = tmp_path / "other" / "registry.duckdb"
    Database.open(other, create=True).close()
    registry_path.unlink()
    other.rename(registry_path)
    Anchor(other).path.replace(Anchor(registry_path).path)
    before = registry_path.read_bytes(), Anchor(registry_path).path.read_bytes()
    refused(registry, "was replaced by another file while it was open")
    registry.close()
    assert (registry_path.read_bytes(), Anchor(registry_path).path.read_bytes()) == before
    assert Database.verify_path(registry_path) == []
    assert patients(registry_path) == []


def test_an_anchor_that_was_removed_is_noticed(registry: Database, registry_path: Path) -> None:
    one_patient(registry, registry.actor(None), "P1")
    away = Anchor(registry_path).path.rename(registry_path.with_name("away"))
    refused(registry, "anchor .* was removed")
    away.rename(Anchor(registry_path).path)
    one_patient(registry, registry.actor(None), "P2")


def test_a_name_without_a_file_has_no_identity(tmp_path: Path) -> None:
    assert disk.identity(tmp_path / "nothing") is None
    (tmp_path / "file").touch()
    assert disk.identity(tmp_path / "file") == (
        (tmp_path / "file").stat().st_dev,
        (tmp_path / "file").stat().st_ino,
    )
