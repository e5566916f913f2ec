"""The command line: a registry of an older edition is brought up to date."""

import json
from pathlib import Path

import pytest

from registry.store import disk, migrations
from registry.store.database import Database
from tests.registry.conftest import Run
from tests.registry.facts_for_tests import one_patient

ALL = migrations.available()


@pytest.fixture
def older(registry_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry that lacks the last two migrations."""
    with monkeypatch.context() as edition:
        edition.setattr(migrations, "available", lambda: ALL[:-2])
        edition.setattr(migrations, "views", dict)
        with Database.open(registry_path, create=True) as db:
            one_patient(db, db.actor(None))
    return registry_path


def test_an_upgrade_copies_changes_verifies_and_lists_what_changed(run: Run, older: Path) -> None:
    before = older.read_bytes()
    done = run("upgrade")
    assert done.exit_code == 0
    [copy] = (older.parent / "backups").glob("*-before-upgrade.duckdb")
    assert f"copied to {copy}" in done.stderr
    assert f"The registry as it was: {copy}" in done.stdout
    assert f"from schema {ALL[-3].number} to {ALL[-1].number}" in done.stdout
    for step in ALL[-2:]:
        assert f"{step.number}  {step.purpose}." in done.stdout
    assert "The registry verifies" in done.stdout
    assert copy.read_bytes() == before
    again = run("upgrade")
    assert (again.exit_code, "is up to date" in again.stdout, "copied" in again.stderr) == (0, True, False)
    assert len(list((older.parent / "backups").glob("*.duckdb"))) == 1


def test_the_json_of_an_upgrade_names_the_copy_and_each_step(run: Run, older: Path) -> None:
    done = json.loads(run("upgrade", "--json").stdout)
    assert (done["from"], done["to"], done["sound"]) == (ALL[-3].number, ALL[-1].number, True)
    assert Database.verify_path(done["backup"]) == []
    assert [step["name"] for step in done["applied"]] == [step.name for step in ALL[-2:]]
    assert json.loads(run("upgrade", "--json").stdout)["backup"] is None


def test_any_command_that_opens_an_older_edition_says_where_the_copy_is(run: Run, older: Path) -> None:
    assert "-before-upgrade.duckdb, and the copy verified" in run("find").stderr


def test_an_upgrade_without_room_or_of_a_damaged_registry_changes_nothing_and_ends_with_4(
    run: Run, older: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = older.read_bytes()
    with monkeypatch.context() as short:
        short.setattr(disk, "free_bytes", lambda _: 2**20)
        refused = run("upgrade")
    assert (refused.exit_code, "almost full: 1.0 MB are free" in refused.stderr) == (4, True)
    assert older.read_bytes() == before
    altered = bytearray(before)
    altered[len(altered) // 2] ^= 1
    older.write_bytes(altered)
    assert run("upgrade").exit_code == 4
    assert run("upgrade", "--db", older.parent / "nothing.duckdb").exit_code == 2
