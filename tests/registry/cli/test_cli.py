"""The command line as a whole: every command has help, wrong words and a busy registry have their exit codes."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from registry.cli import main
from tests.registry.conftest import Run
from tests.templates import new_registry


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    for name, command in group.commands.items():
        found += leaves(command, (*path, name)) if isinstance(command, click.Group) else [(*path, name)]
    return found


@pytest.mark.parametrize("path", leaves(main), ids=" ".join)
def test_every_command_has_help_with_an_example(path: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*path, "--help"])
    assert told.exit_code == 0
    assert f"nadir {' '.join(path)}" in told.output.partition("Example:")[2]


def test_wrong_usage_exits_2_and_names_what_is_there(run: Run) -> None:
    run("init")
    for words in (
        ["explain", "nobody"],
        ["adjudicate", "--criteria", "nothing"],
        ["import", "nowhere"],
        ["fly"],
    ):
        assert run(*words).exit_code == 2, words
    assert "itp-iwg-2009" in run("adjudicate", "--criteria", "nothing").stderr


def test_a_registry_in_use_or_that_cannot_be_opened_exits_4(run: Run, registry_path: Path) -> None:
    with new_registry(registry_path):
        busy = run("summary")
    assert busy.exit_code == 4
    assert "in use" in busy.stderr
    registry_path.write_bytes(b"no registry")
    assert run("summary").exit_code == 4


def test_the_help_lists_every_command_once_with_a_whole_sentence() -> None:
    told = CliRunner().invoke(main, ["--help"]).output
    for name, command in main.commands.items():
        assert told.count(f"\n  {name} ") == 1
        assert " ".join(command.get_short_help_str(limit=200).split()) in " ".join(told.split())
