"""The command line: making a registry, the demonstration, the app."""

import json
from pathlib import Path

from tests.registry.conftest import Run


def test_the_demonstration_is_loaded_judged_and_summed_up_once(run: Run) -> None:
    first = run("demo", "--no-serve", "--json")
    assert first.exit_code == 0
    again = run("demo", "--no-serve", "--json")
    assert json.loads(again.stdout)["figures"] == json.loads(first.stdout)["figures"]


def test_an_empty_registry_is_made_once(run: Run, registry_path: Path) -> None:
    assert "An empty registry stands" in run("init").stderr
    assert registry_path.exists()
    assert "There already is" in run("init").stderr


def test_serving_needs_a_registry_and_a_sign_in_file_that_can_be_read(run: Run, tmp_path: Path) -> None:
    assert run("serve").exit_code == 2
    run("init")
    assert run("serve", "--sign-in", tmp_path / "nowhere.toml").exit_code == 2
    (tmp_path / "wrong.toml").write_text("client_id = 3\n")
    assert run("serve", "--sign-in", tmp_path / "wrong.toml").exit_code == 2
