"""What comes from files and people is shown on a terminal, never obeyed by it."""

import ast
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import registry.cli
from registry.cli import main
from registry.cli.printing import cell, out, print_json, print_table, say
from registry.errors import Problem
from registry.visible import visible
from tests.registry.conftest import Run
from tests.registry.hostile import STEERING

COMMANDS = sorted(Path(registry.cli.__file__).parent.glob("*.py"))


@pytest.mark.parametrize(
    ("sign", "shown"),
    [
        ("\x1b", "\\x1b"),
        ("\x07", "\\x07"),
        ("\x7f", "\\x7f"),
        ("\x9b", "\\x9b"),
        ("\n", "\\n"),
        ("\r", "\\r"),
        ("\u202e", "\\u202e"),
        ("\u2066", "\\u2066"),
        ("\u200b", "\\u200b"),
        ("\u2028", "\\u2028"),
        ("\ufeff", "\\ufeff"),
        ("\udcff", "\\udcff"),
        ("\U000e0041", "\\U000e0041"),
    ],
)
def test_what_steers_is_shown_as_what_it_is(sign: str, shown: str) -> None:
    assert visible(f"P{sign}1") == f"P{shown}1"
    assert visible(visible(f"P{sign}1")) == f"P{shown}1"


@pytest.mark.parametrize(
    "text", ["P-001", "≥ 30 ×10⁹/L", "Müller · Noël", "a\u00a0b\u202fc", "血小板", "· – — …"]
)
def test_what_is_read_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


def test_lines_of_our_own_stay_lines() -> None:
    assert visible("one\n\ttwo\x1b", lines=True) == "one\n\ttwo\\x1b"


def test_every_way_of_printing_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    out(STEERING)
    say(STEERING)
    print_table([{"a": STEERING}], {"a": STEERING.replace("\r\n", " ")})
    say(str(Problem(STEERING, 1, STEERING, STEERING, STEERING, STEERING)))
    print_json({STEERING: [STEERING]})
    said = capsys.readouterr()
    for text in (said.out, said.err):
        assert visible(text, lines=True) == text
    assert json.loads(said.out[said.out.index("{") :]) == {STEERING: [STEERING]}, (
        "a program reads what was meant"
    )
    assert cell(STEERING).count("\n") == 0


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_commands_print_through_one_door(path: Path) -> None:
    """Whatever a command prints goes through registry/cli/printing.py, which makes it visible."""
    printed = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call)
        and (
            (
                isinstance(node.func, ast.Attribute)
                and node.func.attr in {"echo", "secho", "echo_via_pager", "write"}
            )
            or (isinstance(node.func, ast.Name) and node.func.id == "print")
        )
    ]
    assert path.name == "printing.py" or printed == []


def leaves(group: click.Group, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = []
    for name, command in group.commands.items():
        found += leaves(command, (*words, name)) if isinstance(command, click.Group) else [(*words, name)]
    return found


@pytest.mark.parametrize("words", leaves(main), ids=" ".join)
def test_no_command_repeats_what_steers_from_its_own_words(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is typed or named: it comes back visible, with an exit code of the contract."""
    if words in {("demo",), ("serve",)}:
        return
    path = str(tmp_path / "none.duckdb")
    monkeypatch.setenv("NADIR_DB", path)
    monkeypatch.chdir(tmp_path)
    for given in (
        [STEERING],
        [f"--{STEERING}"],
        ["--db", path, STEERING, STEERING],
        ["--db", f"{path}{STEERING}", "a"],
    ):
        done = CliRunner().invoke(main, [*words, *given], input="")
        assert done.exception is None or isinstance(done.exception, SystemExit), (words, given)
        assert done.exit_code in range(6)
        for text in (done.stdout, done.stderr):
            assert visible(text, lines=True) == text, (words, text)


def test_what_was_stored_comes_back_visible(run: Run) -> None:
    run("init")
    assert run("log", "patient", "patient_id=P1", "site=north").exit_code == 0
    reason = STEERING.replace("\x00", "")
    done = run("amend", "patient", "P1", "sex=female", "--version", "1", "--reason", reason)
    for words in (
        ("audit",),
        ("audit", "--json"),
        ("recent",),
        ("history", "patient", "P1"),
        ("patient", "P1"),
    ):
        said = run(*words)
        for text in (said.stdout, said.stderr, done.stdout, done.stderr):
            assert visible(text, lines=True) == text, words
            assert "\nforged: line" not in text
