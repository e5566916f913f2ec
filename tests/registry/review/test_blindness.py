"""Nobody who may still read a case learns what the machine or another reader said, through whatever door.

The machine's call and the other reading are made unmistakable, then every public function of the services is called
by people who have not committed, with whatever it asks for, and every command too. What comes back, in results,
errors, files and audit events, is searched.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import itertools
import pkgutil
import shutil
import typing
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from click import Command, Group
from click.testing import CliRunner

import registry as services
from adjudication.response.criteria import DEFAULTS
from registry import review
from registry.errors import NadirError, NotPermitted
from registry.patients.patient_record import patient_record
from registry.review import Said
from registry.roles import Actor
from registry.store.database import Database
from tests.registry.review.canaries import (
    BLIND,
    MACHINE_DAY,
    OTHER,
    READ_DAY,
    SAID,
    SECOND,
    SIGHTED,
    WORD,
    canaries,
    difference,
    everything,
    make,
    open_again,
)
from tests.registry.reviewing import House, proof

LEFT_OUT = (
    "registry.screens",
    "registry.cli",
    "registry.demo",
    "registry.exchange.sources",
    "registry.serve",
)
"""Not services: pages and commands have sweeps of their own, the others read no registry for a person."""
COURSE = "C1"
"""The course whose case is asked for."""
JUDGE_ANEW = "registry.review.rejudge.rejudge"
"""Asked last, for it puts the machine's own words in the place of the canaries."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("blind"))


@pytest.fixture
def second(tmp_path: Path) -> Path:
    """The other world: nothing else is different from the registry of `folder`."""
    return make(tmp_path / "other world", SECOND)


@pytest.fixture
def opened(folder: Path, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Opens a copy of that registry, again and again."""
    copies = itertools.count()
    held: list[Database] = []

    def open_copy() -> Database:
        copy = Path(shutil.copytree(folder, tmp_path / f"copy{next(copies)}"))
        db = open_again(copy)
        held.append(db)
        return db

    yield open_copy
    for db in held:
        db.close()


# The doors


def _of_the_door(module: str) -> bool:
    """Whether a module is part of signing in, which has tests of its own."""
    room, _, name = module.rpartition(".")
    return room == "registry.accounts" and name not in ("service", "status")


def doors() -> list[tuple[str, Callable[..., Any]]]:
    """Every public function of a service that takes a registry and a person."""
    found: list[tuple[str, Callable[..., Any]]] = []
    for module in pkgutil.walk_packages(services.__path__, "registry."):
        if module.name.startswith(LEFT_OUT) or _of_the_door(module.name):
            continue
        imported = importlib.import_module(module.name)
        for name, function in inspect.getmembers(imported, inspect.isfunction):
            if name.startswith("_") or function.__module__ != module.name:
                continue
            names = list(inspect.signature(function).parameters)
            if "actor" in names and "db" in names:
                found.append((f"{module.name}.{name}", function))
    return sorted(found, key=lambda door: (door[0] == JUDGE_ANEW, door[0]))


def given(name: str, kind: Any, db: Database, actor: Actor, place: Path, depth: int = 0) -> list[Any]:
    """What to call a parameter of a type with: several tries where several make sense."""
    if name == "case_id":
        return [db.rows("SELECT case_id FROM review_case_view WHERE course_id = $1", [COURSE])[0][0]]
    known: dict[str, list[Any]] = {
        "db": [db],
        "actor": [actor],
        "prove": [lambda _: None],
        "patient_id": ["P1"],
        "patient": ["P1"],
        "patient_ids": [["P1", "P2"]],
        "course_id": ["C1"],
        "course": ["C1"],
        "criteria_id": [DEFAULTS[next(iter(DEFAULTS))]],
        "criteria_ids": [tuple(DEFAULTS.values())],
        "table": ["observation"],
        "identity": [{"patient_id": "P1", "observation_id": "O2"}],
        "column": ["value"],
        "part": ["observations"],
        "site": ["North"],
        "name": ["reader-2"],
        "person": ["reader-2"],
        "said": [Said("CR", date(2025, 1, 12), reason="So."), "So."],
        "draft": [{}],
        "folder": [place / "out"],
        "path": [place / "out"],
        "target": [place / "copy.duckdb"],
        "today": [date(2026, 4, 1)],
        "as_of": [date(2026, 4, 1)],
        "day": [date(2026, 4, 1)],
        "now": [datetime(2026, 4, 1)],
        "since": [datetime(2020, 1, 1), date(2020, 1, 1), 0],
        "seq": [1],
        "course_values": [{"course_id": "C1", "stopped_on": "2025-02-21"}],
        "members": [["reader-1", "reader-3", "reader-4"]],
        "text": ["", "P"],
        "question": ["Is it so?"],
        "form": ["html", "csv", "bleed"],
        "format": ["bundle", "svg", "html"],
        "kind": ["observation", "html", "svg"],
        "values": [{"patient_id": "P1", "site": "North"}],
        "changes": [{"site": "South"}],
        "facts": [[]],
        "roles": [{"*": ["nurse"]}],
        "rows": [[{"a": 1}]],
        "columns": [["a"]],
        "reason": ["So."],
    }
    if name in known:
        return known[name]
    if dataclasses.is_dataclass(kind) and isinstance(kind, type) and depth < 3:
        hints = typing.get_type_hints(kind)
        needed = [
            f.name
            for f in dataclasses.fields(kind)
            if f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING and f.init
        ]
        return [kind(**{one: given(one, hints[one], db, actor, place, depth + 1)[0] for one in needed})]
    words = str(kind)
    for word, value in (
        ("bool", False),
        ("int", 1),
        ("datetime", datetime(2026, 4, 1)),
        ("date", date(2026, 4, 1)),
        ("str", "P1"),
        ("Path", place / "out"),
        ("Mapping", {}),
        ("Sequence", []),
    ):
        if word in words:
            return [value]
    return [None]


def calls_of(
    function: Callable[..., Any], db: Database, actor: Actor, place: Path
) -> Iterator[dict[str, Any]]:
    """Arguments for a function: only what it needs, and with what names a patient or a course too."""
    parameters = inspect.signature(function).parameters
    try:
        hints = typing.get_type_hints(function)
    except NameError:  # a name that is imported for type checkers alone
        hints = {n: p.annotation for n, p in parameters.items()}
    needed = [
        n
        for n, p in parameters.items()
        if p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
    ]
    for chosen in itertools.product(*(given(n, hints.get(n), db, actor, place) for n in needed)):
        asked = dict(zip(needed, chosen, strict=True))
        yield asked
        more = {
            n: given(n, hints.get(n), db, actor, place)[0]
            for n in ("patient_id", "patient", "course_id", "course", "as_of", "today")
            if n in parameters and n not in needed
        }
        if more:
            yield {**asked, **more}


def told(function: Callable[..., Any], arguments: dict[str, Any], place: Path) -> tuple[bool, str]:
    """Whether a call went through, and all that came back: the result, the error, the files."""
    shutil.rmtree(place / "out", ignore_errors=True)
    try:
        result = function(**arguments)
        if hasattr(result, "__enter__") and not isinstance(result, Database):
            return True, ""
        text, went = "\n".join(everything(result)), True
    except Exception as error:  # whatever goes wrong, its words are searched too
        text, went = f"{error!r} {error}", False
    files = (
        path
        for path in place.rglob("*")
        if path.is_file() and path.suffix in (".csv", ".json", ".txt", ".svg", ".html")
    )
    return went, text + "\n".join(path.read_text("utf-8", "replace") for path in files)


@dataclasses.dataclass
class Sweep:
    """What came out of every door: where a canary was, the doors that opened at all, and all that was told, in order.

    `kept` = calls that still held their canary after all doors but the last.
    """

    leaks: dict[str, str] = dataclasses.field(default_factory=dict)
    went: set[str] = dataclasses.field(default_factory=set)
    told: list[tuple[str, str]] = dataclasses.field(default_factory=list)
    kept: int = 0


def sweep(db: Database, actor: Actor, place: Path) -> Sweep:
    """Call every public function of every service with whatever it asks for."""
    place.mkdir()
    swept, found = Sweep(), canaries(db, actor.name)
    for name, function in doors():
        if name == JUDGE_ANEW:
            swept.kept = db.rows("SELECT count(*) FROM call WHERE reason = $1", [WORD])[0][0]
        for arguments in calls_of(function, db, actor, place):
            through, text = told(function, arguments, place)
            if through:
                swept.went.add(name)
            leak = found.search(text)
            if leak:
                swept.leaks[name] = text[max(0, leak.start() - 200) : leak.end() + 50]
            swept.told.append((name, text.replace(str(place), "").replace(str(db.path.parent), "")))
    return swept


@pytest.mark.parametrize("name", BLIND)
def test_no_function_of_any_service_tells_a_blind_reader(
    opened: Callable[[], Database], second: Path, tmp_path: Path, name: str
) -> None:
    """Nothing holds a canary, and all of it is the same where the machine and the other reader say the contrary."""
    db = opened()
    swept = sweep(db, db.actor(name), tmp_path / "place")
    assert swept.leaks == {}
    assert {"registry.cohort.chosen.figures", "registry.review.queue.queue"} <= swept.went
    assert "registry.patients.patient_record.patient_record" not in swept.went
    with open_again(second) as db:
        other = sweep(db, db.actor(name), tmp_path / "second")
    assert [door for door, _ in swept.told] == [door for door, _ in other.told]
    both = zip(swept.told, other.told, strict=True)
    differ = {door: difference(one, two) for (door, one), (_, two) in both if door != JUDGE_ANEW}
    assert {door: where for door, where in differ.items() if where} == {}
    assert swept.kept == other.kept == 3


def test_the_sweep_finds_a_canary_where_one_may_be_seen(
    opened: Callable[[], Database], tmp_path: Path
) -> None:
    """What is searched for is there: whoever may see calls meets the machine's, and nobody the open reading."""
    db = opened()
    leaks = sweep(db, db.actor(SIGHTED), tmp_path / "place").leaks
    assert {
        "registry.patients.patient_record.patient_record",
        "registry.review.rejudge.explain",
    } <= leaks.keys()
    assert not any(SAID in text for text in leaks.values())


def test_the_own_reading_does_not_open_the_others_before_both_are_given(folder: Path, tmp_path: Path) -> None:
    """reader-2 has committed: until the other has, nothing but the own words is to be had."""
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    with open_again(copy) as db:
        leaks = sweep(db, db.actor(OTHER), tmp_path / "place").leaks
        assert {name for name, text in leaks.items() if WORD in text or str(MACHINE_DAY) in text} == set()
        assert leaks.keys() <= {"registry.review.outcome.signed"}, "one's own reading, and nothing else"


def test_once_both_have_committed_the_call_and_the_other_reading_are_shown(
    folder: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    with open_again(copy) as db:
        house = House(db)
        case = house.cases()["C1"]
        with pytest.raises(NadirError):
            review.outcome(db, house.who("reader-1"), case)
        review.commit(db, house.who("reader-1"), case, house.said(case, "CR", READ_DAY), proof)
        seen = "\n".join(everything(review.outcome(db, house.who("reader-1"), case)))
        assert WORD in seen
        assert SAID in seen
        both = house.who("reading-manager")
        for course in ("C1", "C2"):
            with pytest.raises(NotPermitted, match="reading-manager adjudicates at North"):
                review.explain(db, both, course)
        with pytest.raises(NotPermitted):
            patient_record(db, both, "P1")


def test_the_audit_trail_has_no_word_of_a_reading_or_a_case(opened: Callable[[], Database]) -> None:
    db = opened()
    rows = db.rows("SELECT actor, subject, reason, before, after FROM audit_event WHERE action = 'review'")
    assert len(rows) >= 4
    assert {row[1:] for row in rows} == {("review", None, None, None)}
    names = [case for (case,) in db.rows("SELECT case_id FROM review_case")]
    trail = str(db.rows("SELECT subject, reason, before, after FROM audit_event"))
    assert not any(name in trail for name in names)
    assert SAID not in trail
    assert READ_DAY not in trail


def test_what_is_left_of_a_refresh_tells_no_response_of_one_patient(opened: Callable[[], Database]) -> None:
    db = opened()
    report = review.rejudge(db, db.actor("nurse"), course="C1", everything=True)
    assert report.by_response
    [(after,)] = db.rows("SELECT after FROM audit_event ORDER BY seq DESC LIMIT 1")
    assert '"by_response":null' in after


# The commands


def commands(group: Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Command]]:
    for name, command in group.commands.items():
        if isinstance(command, Group):
            yield from commands(command, (*path, name))
        elif (*path, name) not in {("demo",), ("serve",), ("init",)}:
            yield (*path, name), command


def test_no_command_tells_a_blind_reader(folder: Path, tmp_path: Path) -> None:
    from registry.cli import main

    copy = Path(shutil.copytree(folder, tmp_path / "copy")) / "registry.duckdb"
    with Database.open(copy) as db:
        found = canaries(db, "reader-1")
    leaks = []
    words = {
        "course": "C1",
        "patient": "P1",
        "patient_id": "P1",
        "name": "reader-2",
        "text": "P",
        "criteria_id": "itp-iwg-2009",
    }
    for number, (path, command) in enumerate(commands(main)):
        known = {option for parameter in command.params for option in parameter.opts}
        if "--as" not in known:
            continue
        asked = [
            words.get(str(p.name), str(tmp_path / f"out{number}"))
            for p in command.params
            if p.param_type_name == "argument"
        ]
        more = ["--json"] if "--json" in known else []
        result = CliRunner().invoke(main, [*path, *asked, "--db", str(copy), "--as", "reader-1", *more])
        said = result.output + "\n".join(
            file.read_text("utf-8", "replace") for file in tmp_path.glob(f"out{number}/*.csv")
        )
        if found.search(said):
            leaks.append((path, said[:500]))
    assert leaks == []
