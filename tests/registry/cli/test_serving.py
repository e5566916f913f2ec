"""The command line: making a registry, the demonstration, the app."""

import json
from pathlib import Path

import pytest

from registry.cli import main
from registry.cli.running_app import listening
from registry.store.database import Database
from tests.registry.conftest import Run
from tests.registry.facts_for_tests import one_patient


def test_the_demonstration_is_loaded_judged_and_summed_up_once(run: Run) -> None:
    first = run("demo", "--no-serve", "--json")
    assert first.exit_code == 0
    again = run("demo", "--no-serve", "--json")
    assert json.loads(again.stdout)["figures"] == json.loads(first.stdout)["figures"]


def test_watched_patients_are_added_to_a_demonstration_and_its_summary_stays_as_it_was(run: Run) -> None:
    plain = run("demo", "--no-serve")
    assert json.loads(run("worklist", "--json").stdout)["worklist"] == []
    first = run("demo", "--no-serve", "--watched", 12)
    assert "12 synthetic patients added as found today, 0 there before" in first.stderr
    assert figures(first.stdout) == figures(plain.stdout)
    assert len(json.loads(run("worklist", "--json").stdout)["worklist"]) == 12
    assert (
        "0 synthetic patients added as found today, 12 there before"
        in run("demo", "--no-serve", "--watched", 12).stderr
    )
    assert (
        "1 synthetic patient added as found today, 12 there before"
        in run("demo", "--no-serve", "--watched", 13).stderr
    )
    assert run("verify").exit_code == 0


def figures(summary: str) -> list[str]:
    """The summary without the number of the change at which it was read."""
    return [line for line in summary.splitlines() if not line.startswith("Registry at change")]


@pytest.mark.parametrize("number", ["-1", "1001", "some"])
def test_a_demonstration_watches_none_to_a_thousand(run: Run, number: str) -> None:
    assert run("demo", "--no-serve", "--watched", number).exit_code == 2


def test_an_empty_registry_is_made_once(run: Run, registry_path: Path) -> None:
    assert "An empty registry was created" in run("init").stderr
    assert registry_path.exists()
    assert "There is already" in run("init").stderr


def test_serving_needs_a_registry_and_a_sign_in_file_that_can_be_read(run: Run, tmp_path: Path) -> None:
    assert run("serve").exit_code == 2
    run("init")
    assert run("serve", "--sign-in", tmp_path / "nowhere.toml").exit_code == 2
    (tmp_path / "wrong.toml").write_text("client_id = 3\n")
    assert run("serve", "--sign-in", tmp_path / "wrong.toml").exit_code == 2


def test_a_test_registry_is_made_without_patients_says_so_and_stays_one(
    run: Run, registry_path: Path
) -> None:
    assert "A test registry was created" in run("init", "--test").stderr
    assert "There is already a registry" in run("init", "--test").stderr
    told = run("doctor")
    assert (told.exit_code, "This is a test registry" in told.stderr) == (0, True)
    with Database.open(registry_path) as db:
        one_patient(db, db.actor(None))
    assert "test registry" in run("doctor").stderr
    with Database.open(registry_path) as db, listening(registry_path, lambda: db, main):
        assert "This is a test registry" in run("doctor").stderr


def test_a_real_registry_with_patients_does_not_become_one_for_tests(judged: Run) -> None:
    refused = judged("init", "--test")
    assert (refused.exit_code, "has patients" in refused.stderr) == (2, True)
    assert "test registry" not in judged("doctor").stderr
