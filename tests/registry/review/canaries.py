"""What is hidden, made unmistakable: a registry whose calls and readings carry words and days found nowhere else.

Two such worlds differ in nothing but what is hidden. Whoever must be blind finds no canary in either, and sees the
same in both: so not a word, a day, a colour, a count or an order tells what the machine or another reader said.
"""

from __future__ import annotations

import dataclasses
import enum
import inspect
import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from registry import review
from registry.roles import Action, Actor
from registry.store.database import Database
from tests.conftest import Clock
from tests.registry.judging.courses_to_judge import TABLES
from tests.registry.reviewing import judged

WORD = "CANARYCALL"
SAID = "CANARYREAD"
DISPUTED = "CANARYDISPUTE"
"""What both readers of the disputed case wrote: its third reader is shown it, without names, and nobody else."""
MACHINE_DAY = date(1999, 9, 9)
READ_DAY = "2025-06-20"
"""A day on which nothing is recorded, given by the other reader as onset."""
THIRD = "reader-1"
"""Holds the dispute, and a case that another reader has committed on."""
BLIND = (THIRD, "reading-nurse", "reading-manager")
"""Who may review and has committed nothing: an adjudicator alone, and those who are something else at once."""
OTHER = "reader-2"
"""The other reader, who has committed on every case but those below."""
SIGHTED = "clinician"
DISPUTE, DECIDED = "C3", "C4"
"""The courses whose case is disputed, and decided by two who agreed."""
OPENED, TODAY = datetime(2026, 3, 31, 9, 30), datetime(2026, 4, 1, 9, 30)


@dataclass(frozen=True)
class World:
    """What the machine says of every course that is not decided, and what the other reader says in the open cases."""

    machine: str
    read: str


FIRST, SECOND = World("CR", "CR"), World("NR", "NR")


def make(place: Path, world: World = FIRST) -> Path:
    """A closed registry of a world: every course has a case; C1 and C2 are read by another, C3 disputed, C4 decided.

    The file is `registry.duckdb` in `place`.
    """
    place.mkdir(parents=True, exist_ok=True)
    # A late count, so that READ_DAY lies in every packet.
    late = TABLES["observation"] + "P2,O6,2025-07-20,hemoglobin,13.0,g/dL,,\n"
    with judged(place / "registry.duckdb", Clock(OPENED), **{**TABLES, "observation": late}) as house:
        _speak(house.db, world)
        for course in ("C1", "C2", DISPUTE, DECIDED):
            review.challenge(house.db, house.who(SIGHTED), course, f"{WORD}?")
        house.open()
        for course, case in house.cases().items():
            if course == DECIDED:
                for name in ("reader-3", "reader-4"):
                    house.read(name, case, "NR")
            elif course == DISPUTE:
                house.read(OTHER, case, "CR", READ_DAY, reason=DISPUTED, note=DISPUTED)
                house.read("reader-5", case, "NR", reason=DISPUTED)
            else:
                onset = READ_DAY if world.read == "CR" else None
                house.read(OTHER, case, world.read, onset, reason=SAID, note=SAID)
        for name, course in (
            (THIRD, "C1"),
            (THIRD, DISPUTE),
            ("reading-nurse", "C2"),
        ):
            review.claim(house.db, house.who(name), house.cases()[course])
    return place


def _speak(db: Database, world: World) -> None:
    """Let the machine say of every course but the decided one what it says in this world."""
    with db.change(db.actor(None), Action.ADJUDICATE, "canaries") as change:
        change.execute(
            f"UPDATE call SET best_response = $1, reason = '{WORD}', flags = '{WORD}', censored_by = '{WORD}', "
            f"defaults_applied = '{WORD}', onset_on = $2, relapsed_on = $2, lost_cr_on = $2, cr_onset_on = $2 "
            "WHERE course_key NOT IN (SELECT course_key FROM course WHERE course_id = $3)",
            [world.machine, MACHINE_DAY if world.machine == "CR" else None, DECIDED],
        )


def open_again(folder: Path, at: datetime = TODAY) -> Database:
    """The registry of a world, a day later."""
    return Database.open(folder / "registry.duckdb", now=Clock(at))


# What a canary looks like


FORMATS = (
    "%Y-%m-%d",
    "%d-%b-%Y",
    "%d %b %Y",
    "%-d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%Y%m%d",
)


def spellings(day: date) -> set[str]:
    """A day as any page, file or message might write it."""
    said = {day.strftime(one) for one in FORMATS}
    midnight = int((datetime(day.year, day.month, day.day) - datetime(1970, 1, 1)).total_seconds())
    bare = {one.lstrip("0") for one in said}
    moment = f"({day.year}, {day.month}, {day.day}, "  # of a datetime; a day ends with the parenthesis
    return {*said, *bare, repr(day), f"{midnight}000", moment}


def canaries(db: Database, name: str) -> re.Pattern[str]:
    """What must not come back to a person: the words, the machine's day, the readers' day, true and as packets show."""
    true = {MACHINE_DAY, date.fromisoformat(READ_DAY)}
    days = set(true)
    for course, shift in db.rows("SELECT course_id, shift_days FROM review_case_view"):
        shown = {MACHINE_DAY} if course == DISPUTE and name == THIRD else true
        days |= {day - timedelta(days=shift) for day in shown}
    words = {WORD, SAID} if name == THIRD else {WORD, SAID, DISPUTED}
    return re.compile(
        "|".join(map(re.escape, sorted({*words, *(one for day in days for one in spellings(day))})))
    )


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
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from everything(one, depth + 1)
    elif isinstance(value, (set, frozenset)):
        yield from everything(sorted(value, key=repr), depth + 1)
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


BY_CHANCE = re.compile(r"#?clip\d+|\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b")
"""Numbers that a drawing gives its parts, and one-time codes: never twice the same."""


def difference(one: str, two: str) -> str:
    """Where two texts first differ, with what stands around; empty if they do not."""
    one, two = (BY_CHANCE.sub("", text) for text in (one, two))
    if one == two:
        return ""
    at = next(
        (at for at, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two))
    )
    return f"{one[max(0, at - 120) : at + 80]!r} but {two[max(0, at - 20) : at + 80]!r}"
