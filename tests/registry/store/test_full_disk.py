"""On a full disk nothing is half stored, what failed is said once, and the process lives on."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from registry.errors import Usage
from registry.roles import Action
from registry.store.database import Database


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 40 MB that belongs to the test alone."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = shutil.which("mount") and os.geteuid() == 0
    run = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", str(folder)]
    if not mounted or subprocess.run(run, capture_output=True, check=False).returncode != 0:
        pytest.skip("only root can mount a file system for a test")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


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
