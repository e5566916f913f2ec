"""The values of a packet about which a reader may ask, under the names of the packet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.record.text import words
from registry.record.text.days import said
from registry.review.packet import PARTS, Content, fact_table
from registry.review.queries import ASKABLE

_SAID = {
    "observations": ("Count", ("analyte", "value", "unit")),
    "courses": ("Course", ("disease", "agents")),
    "bleeds": ("Bleed", ("scale", "grade", "site")),
    "transfusions": ("Transfusion", ("product", "units")),
    "rescues": ("Rescue", ("agent",)),
    "adverse_events": ("Adverse event", ("category", "term")),
}
_NOT_ASKED = frozenset(
    {"value_canonical", "comparator", "not_evaluable", "course_key", "disease", "episode_id"}
)
"""What is made from another column, or names a row."""


@dataclass(frozen=True)
class Askable:
    """A row of a packet: its part, its name there, how it is said, and its columns with what is in them."""

    part: str
    name: str
    words: str
    columns: dict[str, str | None]


def askable(content: Content) -> list[Askable]:
    """The rows about which `ask_in_case` takes a question, counts first, each part by day."""
    return [one for part in ASKABLE for one in _of_part(part, content)]


def _of_part(part: str, content: Content) -> Iterator[Askable]:
    kind, told = _SAID[part]
    identity = PARTS[part].named[0]
    columns = [name for name in PARTS[part].columns if name not in {*PARTS[part].named, *_NOT_ASKED}]
    described = fact_table(part)
    for row in content[part]:
        what = " ".join(words.unit(str(row[name])) for name in told if row[name] is not None)
        first = row[described.first_day]
        last = row[described.last_day] if described.last_day else None
        day = _day(first) + (f" to {_day(last)}" if last not in (None, first) else "")
        yield Askable(
            part, row[identity], f"{kind}, {day} · {what}", {name: _cell(row[name]) for name in columns}
        )


def _day(text: str) -> str:
    return said(date.fromisoformat(text))


def _cell(value: Any) -> str | None:
    return None if value is None else str(value)
