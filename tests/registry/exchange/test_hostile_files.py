"""Whatever file is brought to whatever command: an answer in words, in bounded time and memory, and nothing stored."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from registry.cli import main
from registry.exchange.sources.pattern import compiled
from registry.store.database import Database
from registry.visible import visible
from tests.registry import hostile
from tests.templates import new_registry

CONTRACT = range(6)
MOST_MEMORY = 2_500 * 2**20
"""Of address space: a program that loads DuckDB, Arrow and pandas takes one gigabyte of it before it does anything."""
MOST_SECONDS = 120
MAPPING = b"""
id = "hostile"
[columns]
patient_id = "patient"
observation_id = "id"
observed_at = "day"
code = "code"
value = "value"
[[analyte]]
code = "PLT"
is = "platelets"
unit = "10*9/L"
"""
RESULTS = b"patient,id,day,code,value\nP1,1,2026-03-01,PLT,30\n"


def commands(group: click.Group = main, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command of the program, as its words."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, (*words, name))
        else:
            yield (*words, name)


def command_of(words: tuple[str, ...]) -> click.Command:
    found: click.Command = main
    for word in words:
        assert isinstance(found, click.Group)
        found = found.commands[word]
    return found


def of_files(command: click.Command) -> list[click.Parameter]:
    return [
        one
        for one in command.params
        if isinstance(one.type, click.Path | click.File) or one.name in ("mapping",)
    ]


def line(words: tuple[str, ...], place: click.Parameter, file: Path) -> list[str]:
    """The command with the file at one place, and something for every other word that it needs."""
    given = [*words]
    for one in command_of(words).params:
        if one is place and isinstance(one, click.Option):
            given += [one.opts[0], str(file)]
        elif isinstance(one, click.Argument) and (one.required or one is place):
            given.append(str(file) if one is place else "P1")
    if place.name == "mapping":
        given += ["--format", "lab-csv"]
    return given


TAKING = [
    (words, place)
    for words in commands()
    for place in of_files(command_of(words))
    if words not in {("demo",), ("serve",)}
]


def test_the_commands_that_take_a_file_are_all_here() -> None:
    names = {" ".join(words) for words, _ in TAKING}
    assert {"import", "export", "paste", "backup", "restore", "protocol check", "protocol adopt"} <= names
    assert len(names) > 40, "every command takes at least --db"


@pytest.fixture
def registry_file(tmp_path: Path) -> Path:
    path = tmp_path / "registry.duckdb"
    new_registry(path).close()
    return path


def answered(path: Path, words: list[str], typed: bytes | None = None) -> str:
    """What a command says; it must be an answer of the contract, and nothing that steers a terminal."""
    done = CliRunner().invoke(main, words, input=typed, env={"NADIR_DB": str(path)})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise AssertionError(f"{words} ended in {done.exception!r}") from done.exception
    assert done.exit_code in CONTRACT, (words, done.exit_code)
    for text in (done.stdout, done.stderr):
        assert visible(text, lines=True) == text, (words, text[:300])
        assert "\nforged: line" not in text, words
    return done.stdout + done.stderr


SMALL = {
    **{name: content for name, content in hostile.cells().items() if len(content) < 100_000},
    **hostile.settings(),
    **{
        name: content
        for name, content in hostile.zips().items()
        if len(content) < 20_000 and "bomb" not in name
    },
}


@pytest.mark.parametrize(
    ("words", "place"), TAKING, ids=lambda part: getattr(part, "name", None) or " ".join(part)
)
def test_no_file_at_any_place_of_any_command_ends_in_a_traceback(
    words: tuple[str, ...],
    place: click.Parameter,
    registry_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    reads = {"import", "restore", "paste", "protocol check", "protocol adopt"}
    everything = " ".join(words) in reads and place.name != "db"
    chosen = SMALL if everything else {name: SMALL[name] for name in ("empty", "random", "a zip", "steering")}
    for number, content in enumerate(chosen.values()):
        file = tmp_path / f"{number} \x1b[31m\u202e.csv"
        file.write_bytes(content)
        answered(registry_file, line(words, place, file))
    for file in (tmp_path / "missing\x1b\n", tmp_path, Path("/dev/null")):
        answered(registry_file, line(words, place, file))


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".zip", "folder"])
def test_every_hostile_bundle_is_refused_or_read_in_bounded_time_and_memory(
    registry_file: Path, tmp_path: Path, ending: str
) -> None:
    """One process whose address space is bounded tries them all; a bomb that went off would end it."""
    folder = tmp_path / "files"
    folder.mkdir()
    if ending == "folder":
        paths = hostile.bundles(folder)
    else:
        kinds: dict[str, Callable[[], dict[str, bytes]]] = {
            ".csv": hostile.cells, ".parquet": hostile.parquets, ".zip": hostile.zips,
        }  # fmt: skip
        paths = []
        for name, content in kinds[ending]().items():
            place = folder / name.replace(" ", "-")
            place.mkdir()
            paths.append(place / f"patient{ending}")
            paths[-1].write_bytes(content)
    program = (
        "import json, re, resource, sys, time\n"
        "from pathlib import Path\n"
        "from click.testing import CliRunner\n"
        "from registry.cli import main\n"
        f"resource.setrlimit(resource.RLIMIT_AS, ({MOST_MEMORY}, {MOST_MEMORY}))\n"
        "for path in json.load(sys.stdin):\n"
        "    began = time.monotonic()\n"
        "    done = CliRunner().invoke(main, ['import', path, '--dry-run', '--json'])\n"
        "    ended = done.exception is None or isinstance(done.exception, SystemExit)\n"
        "    print(json.dumps([path, done.exit_code if ended else repr(done.exception), time.monotonic() - began,\n"
        # the high water of this program alone: `ru_maxrss` starts at what the parent had
        "                      int(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]),\n"
        "                      done.stderr]), flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps([str(path) for path in paths]),
        capture_output=True,
        text=True,
        timeout=600,
        env={**os.environ, "NADIR_DB": str(registry_file)},
        check=False,
    )
    told = [json.loads(row) for row in done.stdout.splitlines()]
    assert len(told) == len(paths), (done.returncode, done.stderr[-2_000:])
    for path, exit_code, seconds, kilobytes, said in told:
        assert exit_code in (0, 3), (path, exit_code, said[-500:])
        assert seconds < MOST_SECONDS, (path, seconds)
        assert kilobytes < 1_500_000, (path, kilobytes)
        assert visible(said, lines=True) == said, path
        if exit_code == 3:
            assert "patient" in said or Path(path).name in said, (path, said)
    with Database.open(registry_file) as db:
        assert db.rows("SELECT count(*) FROM patient") == [(0,)]


REFUSED_ZIPS = [name for name in hostile.zips() if name != "a size too small"]


@pytest.mark.parametrize("name", REFUSED_ZIPS)
def test_a_trap_of_an_archive_gives_one_clear_refusal(name: str, registry_file: Path, tmp_path: Path) -> None:
    file = tmp_path / "bundle.zip"
    file.write_bytes(hostile.zips()[name])
    done = CliRunner().invoke(main, ["import", str(file)], env={"NADIR_DB": str(registry_file)})
    assert done.exit_code == 3, done.output
    assert "bundle.zip" in done.stderr


@pytest.mark.parametrize(
    "name",
    ["a text three million times", "a thousand columns", "a list", "a struct", "encrypted", "half", "NUL",
     "bytes", "text of no UTF-8", "two columns of one name", "a cell of seventy megabytes"],
)  # fmt: skip
def test_a_parquet_file_that_is_no_table_gives_one_clear_refusal(
    name: str, registry_file: Path, tmp_path: Path
) -> None:
    file = tmp_path / "patient.parquet"
    file.write_bytes(hostile.parquets()[name])
    began = time.monotonic()
    done = CliRunner().invoke(main, ["import", str(file)], env={"NADIR_DB": str(registry_file)})
    assert done.exit_code == 3, done.output
    assert "patient.parquet" in done.stderr
    assert time.monotonic() - began < 30


@pytest.mark.parametrize(
    "pattern", ["(a+)+$", "(a*)*b", "([a-z]+\\s?)+:", "((a|aa)+)+", "(.*a){20}", "(\\w+\\d*)*x", "(a+){2,}"]
)
def test_a_pattern_that_can_run_away_is_refused(pattern: str, registry_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="pattern"):
        compiled(pattern)
    mapping, results = tmp_path / "m.toml", tmp_path / "lab.csv"
    rule = f"[[quality]]\nis = 'clumped'\ncolumn = 'value'\npattern = '''{pattern}'''\ncodes = ['PLT']\n"
    mapping.write_bytes(MAPPING + rule.encode() + b"applies_to = ['platelets']\nscope = 'row'\n")
    results.write_bytes(RESULTS)
    said = answered(
        registry_file, ["import", str(results), "--format", "lab-csv", "--mapping", str(mapping), "--dry-run"]
    )
    assert "pattern" in said


@pytest.mark.parametrize(
    "pattern", ["(?i)clump", "aggreg(at)?", "\\bplt\\b.*agg", "(clot|clump)(s|ed)?", "[0-9]{1,3}%"]
)
def test_an_ordinary_pattern_is_taken(pattern: str) -> None:
    assert compiled(pattern).pattern == pattern


def test_a_pattern_that_is_only_slow_is_stopped(registry_file: Path, tmp_path: Path) -> None:
    mapping, results = tmp_path / "m.toml", tmp_path / "lab.csv"
    rule = b"[[quality]]\nis = 'clumped'\ncolumn = 'value'\npattern = '.*.*.*.*=x'\ncodes = ['PLT']\n"
    mapping.write_bytes(MAPPING + rule + b"applies_to = ['platelets']\nscope = 'row'\n")
    results.write_bytes(RESULTS.replace(b"30", b"3" * 5_000))
    began = time.monotonic()
    said = answered(
        registry_file, ["import", str(results), "--format", "lab-csv", "--mapping", str(mapping), "--dry-run"]
    )
    assert "takes too long" in said
    assert time.monotonic() - began < 30


@pytest.mark.parametrize("name", [*hostile.settings(), *hostile.cells()])
def test_a_sign_in_file_that_is_none_is_told(name: str, registry_file: Path, tmp_path: Path) -> None:
    from registry.accounts.settings import read
    from registry.errors import Usage

    file = tmp_path / "sign-in.toml"
    file.write_bytes({**hostile.cells(), **hostile.settings()}[name])
    with pytest.raises(Usage, match="sign-in"):
        read(file)


@pytest.mark.parametrize("name", hostile.cells())
def test_a_laboratory_file_that_is_none_is_told(name: str, registry_file: Path, tmp_path: Path) -> None:
    mapping, results = tmp_path / "m.toml", tmp_path / "lab.csv"
    mapping.write_bytes(MAPPING)
    results.write_bytes(hostile.cells(RESULTS)[name])
    answered(
        registry_file, ["import", str(results), "--format", "lab-csv", "--mapping", str(mapping), "--dry-run"]
    )


@pytest.mark.parametrize("table", ["read", "decision"])
@pytest.mark.parametrize("name", hostile.cells())
def test_judgements_that_are_none_are_told(
    name: str, table: str, registry_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "bundle"
    folder.mkdir()
    (folder / "patient.csv").write_bytes(hostile.PATIENT)
    (folder / f"{table}.csv").write_bytes(hostile.cells(b"course_id,case_id\nC1,K1\n")[name])
    answered(registry_file, ["import", str(folder)])


@pytest.mark.parametrize("name", hostile.cells())
def test_what_is_pasted_is_answered(name: str, registry_file: Path) -> None:
    answered(registry_file, ["paste", "P1", "--dry-run"], hostile.cells(RESULTS)[name])
