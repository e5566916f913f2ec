"""Nobody who may still read a case learns what the machine or another reader said, through whatever door.

The machine's call and the other reading are made unmistakable, then every public function of the services is called
by people who have not committed, with whatever it asks for, and every command too. What comes back, in results,
errors, files and audit events, is searched.
"""

from __future__ import annotations

import dataclasses
import enum
import importlib
import inspect
import itertools
import pkgutil
import re
import shutil
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click import Command, Group
from click.testing import CliRunner

import registry as services
from adjudication.criteria import DEFAULTS
from registry import calls, reviews
from registry.database import Database
from registry.errors import NadirError, NotPermitted
from registry.reviews import Said
from registry.roles import Action, Actor
from registry.timeline import timeline
from tests.conftest import Clock
from tests.registry.reviewing import House, judged, proof

WORD = "CANARYCALL"
SAID = "CANARYREAD"
MACHINE_DAY = date(1999, 9, 9)
READ_DAY = "2025-06-20"
"""A day on which nothing is recorded, given by the other reader as onset."""
BLIND = ("reader-1", "reading-nurse", "reading-manager")
SIGHTED = "clinician"
LEFT_OUT = ("registry.screens", "registry.cli", "registry.demo", "registry.sources", "registry.access")
"""Not services: pages and commands have sweeps of their own, the others read no registry for a person."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed registry: every call is a canary, every course has a case, and another reader has committed."""
    place = tmp_path_factory.mktemp("blind")
    with judged(place / "registry.duckdb", Clock(datetime(2026, 3, 31, 9, 30))) as house:
        db = house.db
        with db.change(db.actor(None), Action.ADJUDICATE, "canaries") as change:
            change.execute(
                f"UPDATE call SET reason = '{WORD}', flags = '{WORD}', censored_by = '{WORD}', "
                f"defaults_applied = '{WORD}', onset_on = $1, relapsed_on = $1, lost_cr_on = $1, cr_onset_on = $1",
                [MACHINE_DAY],
            )
        for course in ("C1", "C2", "C3", "C4"):
            reviews.challenge(db, house.who("clinician"), course, f"{WORD}?")
        house.open()
        for case in house.cases().values():
            disease = db.rows("SELECT disease FROM review_case_view WHERE case_id = $1", [case])[0][0]
            said = house.said(case, "CR", READ_DAY, reason=SAID, note=SAID)
            assert disease in ("ITP", "AIHA")
            reviews.claim(db, house.who("reader-2"), case)
            reviews.commit(db, house.who("reader-2"), case, said, proof)
            for name in BLIND[:1]:
                reviews.claim(db, house.who(name), case)
    return place


@pytest.fixture
def opened(folder: Path, tmp_path: Path) -> Iterator[Callable[[], Database]]:
    """Opens a copy of that registry, again and again."""
    copies = itertools.count()
    held: list[Database] = []

    def open_copy() -> Database:
        copy = Path(shutil.copytree(folder, tmp_path / f"copy{next(copies)}"))
        db = Database.open(copy / "registry.duckdb", now=Clock(datetime(2026, 4, 1, 9, 30)))
        held.append(db)
        return db

    yield open_copy
    for db in held:
        db.close()


# What a canary looks like


def canaries(db: Database) -> re.Pattern[str]:
    """What must not come back: the words, the machine's day, the reader's day as it is and as each packet shows it."""
    days = {MACHINE_DAY}
    for (shift,) in db.rows("SELECT shift_days FROM review_case"):
        days |= {day - timedelta(days=shift) for day in (MACHINE_DAY, date.fromisoformat(READ_DAY))}
    days.add(date.fromisoformat(READ_DAY))
    shown = {day.isoformat() for day in days} | {repr(day) for day in days}
    return re.compile("|".join(map(re.escape, [WORD, SAID, *sorted(shown)])))


def everything(value: object, depth: int = 0) -> Iterator[str]:
    """All that a result holds, as text."""
    if depth > 12 or isinstance(value, (Database, Actor, type)) or inspect.ismodule(value):
        return
    if dataclasses.is_dataclass(value):
        yield from everything({f.name: getattr(value, f.name) for f in dataclasses.fields(value)}, depth + 1)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield str(key)
            yield from everything(one, depth + 1)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            yield from everything(one, depth + 1)
    elif isinstance(value, pa.Table):
        yield from everything(value.to_pylist(), depth + 1)
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, Iterator):
        yield from everything(list(itertools.islice(value, 10_000)), depth + 1)
    elif hasattr(value, "to_dict") and hasattr(value, "columns"):
        yield from everything(value.to_dict("records"), depth + 1)
    elif isinstance(value, (str, enum.Enum)):
        yield str(value)
    else:
        yield repr(value)


# The doors


def doors() -> list[tuple[str, Callable[..., Any]]]:
    """Every public function of a service that takes a registry and a person."""
    found: list[tuple[str, Callable[..., Any]]] = []
    for module in pkgutil.walk_packages(services.__path__, "registry."):
        if module.name.startswith(LEFT_OUT) or module.name in ("registry.serve",):
            continue
        imported = importlib.import_module(module.name)
        for name, function in inspect.getmembers(imported, inspect.isfunction):
            if name.startswith("_") or function.__module__ != module.name:
                continue
            names = list(inspect.signature(function).parameters)
            if "actor" in names and "db" in names:
                found.append((f"{module.name}.{name}", function))
    return found


def given(name: str, kind: Any, db: Database, actor: Actor, place: Path, depth: int = 0) -> list[Any]:
    """What to call a parameter of a type with: several tries where several make sense."""
    case = db.rows("SELECT case_id FROM review_case_view WHERE course_id = 'C1'")[0][0]
    known: dict[str, list[Any]] = {
        "db": [db],
        "actor": [actor],
        "prove": [lambda _: None],
        "patient_id": ["P1"],
        "patient": ["P1"],
        "patient_ids": [["P1", "P2"]],
        "course_id": ["C1"],
        "course": ["C1"],
        "case_id": [case],
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


def sweep(db: Database, actor: Actor, place: Path) -> tuple[dict[str, str], set[str]]:
    """Every door that lets a canary out, with what it let out, and the doors that opened at all."""
    place.mkdir()
    leaks, went = {}, set()
    found = canaries(db)
    for name, function in doors():
        for arguments in calls_of(function, db, actor, place):
            through, text = told(function, arguments, place)
            if through:
                went.add(name)
            leak = found.search(text)
            if leak:
                leaks[name] = text[max(0, leak.start() - 200) : leak.end() + 50]
    return leaks, went


@pytest.mark.parametrize("name", BLIND)
def test_no_function_of_any_service_tells_a_blind_reader(
    opened: Callable[[], Database], tmp_path: Path, name: str
) -> None:
    db = opened()
    leaks, went = sweep(db, db.actor(name), tmp_path / "place")
    assert leaks == {}
    assert "registry.timeline.reading.timeline" in went
    assert "registry.reviews.queue.queue" in went


def test_the_sweep_finds_a_canary_where_one_may_be_seen(
    opened: Callable[[], Database], tmp_path: Path
) -> None:
    """What is searched for is there: whoever may see calls meets the machine's, and nobody the open reading."""
    db = opened()
    leaks, _ = sweep(db, db.actor(SIGHTED), tmp_path / "place")
    assert {"registry.timeline.reading.timeline", "registry.calls.explain"} <= leaks.keys()
    assert not any(SAID in text for text in leaks.values())


def test_the_own_reading_does_not_open_the_others_before_both_are_given(folder: Path, tmp_path: Path) -> None:
    """reader-2 has committed: until the other has, nothing but the own words is to be had."""
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    with Database.open(copy / "registry.duckdb", now=Clock(datetime(2026, 4, 1, 9, 30))) as db:
        leaks, _ = sweep(db, db.actor("reader-2"), tmp_path / "place")
        assert {name for name, text in leaks.items() if WORD in text or str(MACHINE_DAY) in text} == set()
        assert leaks.keys() <= {"registry.reviews.outcome.signed"}, "one's own reading, and nothing else"


def test_once_both_have_committed_the_call_and_the_other_reading_are_shown(
    folder: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    with Database.open(copy / "registry.duckdb", now=Clock(datetime(2026, 4, 1, 9, 30))) as db:
        house = House(db)
        case = house.cases()["C1"]
        with pytest.raises(NadirError):
            reviews.outcome(db, house.who("reader-1"), case)
        reviews.commit(db, house.who("reader-1"), case, house.said(case, "CR", READ_DAY), proof)
        seen = "\n".join(everything(reviews.outcome(db, house.who("reader-1"), case)))
        assert WORD in seen
        assert SAID in seen
        both = house.who("reading-manager")
        assert {call["course_id"] for call in timeline(db, both, "P1").calls} == {"C1"}
        with pytest.raises(NotPermitted):
            calls.explain(db, both, "C2")


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
    report = calls.refresh(db, db.actor("reading-nurse"), course="C1", everything=True)
    assert report.by_response == {}
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
        found = canaries(db)
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
