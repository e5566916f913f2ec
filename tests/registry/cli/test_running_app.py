"""Commands give the same answer while the app has the registry open as while it is closed."""

import json
import os
import shutil
import socket
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from registry import accounts, demo
from registry.cli import main, running_app
from registry.cli.running_app import listening, socket_of
from registry.errors import Busy
from registry.store.database import Database
from tests.conftest import NOW, Clock
from tests.templates import cohort_at

ALONE = {"demo", "init", "serve", "restore", "help", "criteria"}
"""Commands that make, serve or replace a registry, or open none."""


def leaves(group: click.Group, *words: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            if command.invoke_without_command:
                yield (*words, name)
            yield from leaves(command, *words, name)
        else:
            yield (*words, name)


def test_every_command_on_the_registry_can_be_carried_out_by_the_app() -> None:
    """A new command is one of these from the day it opens the registry, or names why it cannot be."""
    without = []
    for words in leaves(main):
        command: Any = main
        for word in words:
            command = command.commands[word]
        opens = any(option.name == "db" for option in command.params)
        if opens and not hasattr(command.callback, "on_registry"):
            without.append(words[0])
    assert set(without) <= ALONE


READS: tuple[tuple[str, ...], ...] = (
    ("find", "rtx", "--json"),
    ("find",),
    ("patient", "SYN-003"),
    ("patient", "SYN-003", "--json"),
    ("patient", "SYN-003", "--facts", "observation"),
    ("patient", "NOBODY"),
    ("waiting", "--json"),
    ("waiting",),
    ("recent", "--most", "3"),
    ("worklist", "--as-of", "2026-03-31T14:00"),
    ("worklist", "--as-of", "2026-03-31", "--csv"),
    ("worklist", "--as-of", "2026-03-31", "--json"),
    ("explain", "SYN-003-ITP-1"),
    ("explain", "SYN-003-ITP-1", "--json"),
    ("explain", "NO-COURSE"),
    ("summary",),
    ("summary", "--json"),
    ("cohort", "--json"),
    ("measures", "--as-of", "2026-03-31", "--json"),
    ("protocol", "list"),
    ("programme", "list"),
    ("proposals", "--json"),
    ("query", "list", "--json"),
    ("agreement", "--json"),
    ("history", "course", "SYN-003-ITP-1"),
    ("audit", "--most", "5"),
    ("user", "list"),
    ("head",),
    ("verify",),
    ("verify", "--head", "1:" + "0" * 64),
    ("verify", "--head", "one"),
    ("patient", "SYN-003", "--as", "nobody"),
    ("patient", "SYN-003", "--as", "demo-nurse"),
    ("audit", "--as", "demo-nurse"),
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed registry with the cohort, accounts and cases."""
    path = cohort_at(tmp_path_factory.mktemp("running") / "registry.duckdb", now=Clock(NOW))
    with Database.open(path, now=Clock(NOW)) as database:
        operator = database.actor(None)
        accounts.demo_users(database, operator, today=date(2026, 3, 31))
        demo.open_cases(database, operator, 7)
    return path


@pytest.fixture(scope="module")
def open_elsewhere(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The same registry, open in an app that listens."""
    path = tmp_path_factory.mktemp("open") / filled.name
    for end in ("", ".anchor"):
        shutil.copy(f"{filled}{end}", f"{path}{end}")
    with closing(Database.open(path)) as database, listening(path, lambda: database, main):
        yield path


def run(path: Path, *words: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main, [*words, "--db", str(path)], input=given)


def outcome(result: Result, path: Path) -> tuple[int, str, str]:
    assert result.exception is None or isinstance(result.exception, SystemExit)
    printed, told = (text.replace(str(path.parent), "…") for text in (result.stdout, result.stderr))
    return result.exit_code, printed, told


@pytest.mark.parametrize("words", READS, ids=" ".join)
def test_a_question_has_the_same_answer(filled: Path, open_elsewhere: Path, words: tuple[str, ...]) -> None:
    closed, running = run(filled, *words), run(open_elsewhere, *words)
    assert outcome(running, open_elsewhere) == outcome(closed, filled)
    assert running.stdout or running.stderr


def copied(filled: Path, folder: Path) -> Path:
    """A closed copy of the registry in a folder of its own."""
    folder.mkdir()
    for end in ("", ".anchor"):
        shutil.copy(f"{filled}{end}", f"{folder / filled.name}{end}")
    return folder / filled.name


def rows(path: Path) -> list[tuple[object, ...]]:
    with Database.open(path) as database:
        return database.rows(
            "SELECT patient_id, analyte, observed_on, value_canonical FROM observation_view ORDER BY ALL"
        )


def test_what_a_command_stores_is_the_same(filled: Path, tmp_path: Path) -> None:
    log = (
        "log",
        "observation",
        "patient_id=SYN-003",
        "observed_at=3 feb 2026",
        "analyte=platelets",
        "value=45",
    )
    block = "date;platelets (10*9/L)\n2026-02-10;51\n2026-02-17;48\n"
    asked = (
        ((*log, "unit=10*9/L", "--key", "K1"), None),
        ((*log, "unit=10*9/L", "--key", "K1"), None),  # sent again: not stored twice
        ((*log, "unit=furlongs"), None),
        (("paste", "SYN-003", "-"), block),
        (("paste", "SYN-003", "-"), block),
    )
    closed, running = copied(filled, tmp_path / "closed"), copied(filled, tmp_path / "running")
    codes = [run(closed, *words, given=given).exit_code for words, given in asked]
    with closing(Database.open(running)) as database, listening(running, lambda: database, main):
        assert [run(running, *words, given=given).exit_code for words, given in asked] == codes
    assert set(codes) == {0, 3}
    assert rows(running) == rows(closed)
    assert len(rows(running)) == len(rows(filled)) + 3


def test_files_are_named_from_the_folder_in_which_the_command_is_given(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = copied(filled, tmp_path / "running")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with closing(Database.open(path)) as database, listening(path, lambda: database, main):
        for words in (("export", "out"), ("backup", "copy.duckdb"), ("import", "out", "--dry-run", "--json")):
            result = run(path, *words)
            assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["stored"] == 0
    assert Database.verify_path(tmp_path / "here" / "copy.duckdb") == []


def test_only_the_owner_can_ask(open_elsewhere: Path, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = socket_of(open_elsewhere)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert not socket_of(filled).exists()
    monkeypatch.setattr(running_app, "_user_at", lambda _line: os.getuid() + 1)
    refused = run(open_elsewhere, "find")
    assert refused.exit_code == 4
    assert "in use" in refused.stderr


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[1]\n",
        b"\xff\xfe\n",
        b'{"command": ["serve"], "options": {}, "who": null}\n',
        b'{"command": ["find"], "options": {"words": {"path": 1, "day": 2}}, "who": null}\n',
        b'{"command": ["find"], "options": {"nothing": 1}, "who": null}\n',
    ],
)
def test_what_is_no_request_harms_nobody(open_elsewhere: Path, sent: bytes) -> None:
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(str(socket_of(open_elsewhere)))
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        line.makefile("rb").read()
    assert run(open_elsewhere, "find", "--json").exit_code == 0


def test_without_an_app_that_listens_a_registry_in_use_is_busy(filled: Path, tmp_path: Path) -> None:
    path = tmp_path / filled.name
    for end in ("", ".anchor"):
        shutil.copy(f"{filled}{end}", f"{path}{end}")
    with closing(Database.open(path)):
        assert run(path, "find").exit_code == 4


def test_a_second_app_does_not_take_the_place_of_the_first(open_elsewhere: Path) -> None:
    def refused() -> Database:
        raise Busy("in use")

    with listening(open_elsewhere, refused, main):
        assert run(open_elsewhere, "find", "--json").exit_code == 0
    assert run(open_elsewhere, "find", "--json").exit_code == 0


def test_a_long_path_has_its_socket_in_a_folder_of_the_user(tmp_path: Path) -> None:
    deep = tmp_path / ("long" * 25) / "registry.duckdb"
    deep.parent.mkdir()
    with (
        closing(Database.open(deep, create=True)) as database,
        listening(deep, lambda: database, main) as place,
    ):
        assert len(os.fsencode(place)) < 100
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
        assert json.loads(run(deep, "find", "--json").stdout) == {"found": 0, "patients": []}
    assert not place.exists()
