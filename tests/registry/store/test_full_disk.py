"""On a full disk nothing is half stored, what failed is said once, and the process lives on."""

import errno
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.errors import Unavailable, Usage
from registry.roles import Action, SecurityEvent
from registry.store import anchor, disk
from registry.store.database import Database
from tests.registry.disks import mounted
from tests.registry.facts_for_tests import one_patient


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MB that belongs to the test alone."""
    with mounted(tmp_path / "disk", "size=40m") as folder:
        yield folder


def _acted(folder: Path, cohort_path: Path, *really: str) -> list[list[str]]:
    path = folder / "registry.duckdb"
    for ending in ("", ".anchor"):
        shutil.copy(f"{cohort_path}{ending}", f"{path}{ending}")
    run = subprocess.run(
        [sys.executable, "-m", "tests.registry.store.full_disk", str(path), *really],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr[-2000:]
    assert Database.verify_path(path) == []
    return [line.split("\t") for line in run.stdout.splitlines() if "\t" in line]


def _alive_and_clear(lines: list[list[str]]) -> list[str]:
    """Every action was stored or refused in clear words, and patients could be read; the names of the refused."""
    assert len(lines) == 9
    for name, alive, came in lines:
        assert int(alive) > 0, name
        assert came == "stored" or (came.startswith("exit 4: ") and "stored" in came), (name, came)
    return [name for name, _, came in lines if came != "stored"]


def test_every_action_that_replaces_a_key_fails_softly_when_no_byte_more_fits(
    tmp_path: Path, cohort_path: Path
) -> None:
    assert len(_alive_and_clear(_acted(tmp_path, cohort_path))) == 9


def test_every_action_that_replaces_a_key_fails_softly_on_a_file_system_that_is_full(
    tiny_disk: Path, cohort_path: Path
) -> None:
    # The first may fit into what the last page of the log has left.
    assert len(_alive_and_clear(_acted(tiny_disk, cohort_path, "really"))) >= 5


def _swapped(registry: Database, *statements: str) -> None:
    with registry.change(registry.actor(None), Action.SET_ROLES, "admin") as change:
        for statement in statements:
            change.execute(statement)


def test_a_key_cannot_be_deleted_and_inserted_in_one_change(registry: Database) -> None:
    with pytest.raises(Usage, match="deleted and inserted"):
        _swapped(
            registry,
            "DELETE FROM account_role WHERE name = 'admin'",
            "INSERT INTO account_role VALUES ('admin', '*', 'admin')",
        )
    with pytest.raises(Usage, match="never changed"):
        _swapped(registry, "UPDATE account_role SET role = 'admin'")
    assert registry.rows("SELECT count(*) FROM account_role") == [(2,)]


def test_replacing_deletes_what_is_gone_updates_what_differs_and_inserts_what_is_new(
    registry: Database,
) -> None:
    wanted = [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}, {"key": "c", "value": "3"}]
    with registry.change(registry.actor(None), Action.CONFIGURE, "properties") as change:
        first = change.replace("registry", wanted, "key IN ('a', 'b', 'c')")
        second = change.replace(
            "registry", [{"key": "b", "value": "2"}, {"key": "c", "value": "4"}], "key IN ('a', 'b', 'c')"
        )
    assert (first.added, first.changed, first.gone) == (3, 0, 0)
    assert (second.added, second.changed, second.gone) == (0, 1, 1)
    kept = registry.rows("SELECT key, value FROM registry WHERE key IN ('a', 'b', 'c') ORDER BY key")
    assert kept == [("b", "2"), ("c", "4")]


def test_a_change_is_refused_before_it_begins_when_less_than_the_floor_is_free(
    registry: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = registry.head
    monkeypatch.setattr(disk, "free_bytes", lambda _: disk.FLOOR_BYTES - 1)
    with pytest.raises(Unavailable, match=r"almost full: 15\.9 MB are free, and a change needs 16\.0 MB"):
        one_patient(registry, registry.actor(None))
    assert registry.head == head
    assert registry.rows("SELECT count(*) FROM patient") == [(0,)]
    with registry.log_security_event(SecurityEvent.SIGN_IN_FAILED, "admin"):
        pass  # whoever is to make room can still sign in
    monkeypatch.setattr(disk, "free_bytes", lambda _: disk.FLOOR_BYTES)
    one_patient(registry, registry.actor(None))


def test_a_new_registry_needs_the_floor_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "free_bytes", lambda _: disk.FLOOR_BYTES - 1)
    with pytest.raises(Unavailable, match="a new registry needs"):
        Database.open(tmp_path / "registry.duckdb", create=True)
    assert list(tmp_path.iterdir()) == []


def _no_room(*_: object) -> int:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_an_anchor_that_cannot_be_written_is_told_truly_and_named_before_the_next_change(
    registry: Database, registry_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A change is in the file before the anchor knows of it: it is stored. The next is not begun before it does."""
    admin = registry.actor(None)
    with monkeypatch.context() as full:
        full.setattr(anchor.os, "write", _no_room)
        with pytest.raises(Unavailable, match=r"Nothing was stored, but the anchor .* the disk is full"):
            one_patient(registry, admin, "P1")
    one_patient(registry, admin, "P2")
    with monkeypatch.context() as full:
        full.setattr(anchor.os, "write", _no_room)
        with pytest.raises(Unavailable, match=r"^Change \d+ is stored, but the anchor"):
            one_patient(registry, admin, "P3")
        with pytest.raises(Unavailable, match=r"^Nothing was stored: the anchor .* still cannot be written"):
            one_patient(registry, admin, "P4")
    assert registry.rows("SELECT patient_id FROM patient ORDER BY ALL") == [("P2",), ("P3",)]
    assert registry.verify() == []
    one_patient(registry, admin, "P5")
    assert [mark.seq for mark in map(anchor.read, anchor.Anchor(registry_path).lines())][-3:] == [
        registry.head[0] - 2,
        registry.head[0] - 1,
        registry.head[0],
    ]
    registry.close()
    assert Database.verify_path(registry_path) == []


def test_a_registry_whose_last_line_does_not_fit_is_closed_as_by_a_kill(
    registry: Database, registry_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one_patient(registry, registry.actor(None), "P1")
    with monkeypatch.context() as full:
        full.setattr(anchor.os, "write", _no_room)
        registry.close()
    assert Database.verify_path(registry_path) == []
    with Database.open(registry_path) as db:
        assert db.rows("SELECT patient_id FROM patient") == [("P1",)]
        assert db.altered_outside is None
