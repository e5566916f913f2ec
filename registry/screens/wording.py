"""Facts of a patient as a page names them: a course, a kind of fact, one fact in a line."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from adjudication.agents import regimen_word
from registry.patients.patient_record import PatientRecord
from registry.record.columns import Kind
from registry.record.headings import heading
from registry.record.lines import line_words
from registry.record.recorded import KINDS as RECORDED
from registry.record.tables import described
from registry.wording import page_day

_MOST_FREQUENT = ("observation", "course", "course_agent", "bleed", "transfusion", "rescue", "adverse_event")
KINDS = {name: described(name).title for name in dict.fromkeys((*_MOST_FREQUENT, *reversed(RECORDED)))}
"""The kinds of facts of a patient as a page calls them, the most frequent first."""


def course_title(record: PatientRecord, course_id: str) -> str:
    """`ITP line 2, rituximab`."""
    row = next(row for row in record.courses if row["course_id"] == course_id)
    line = line_words(row["line_number"])
    return f"{row['disease']} {line}, {regimen_word(row['regimen'] or '') or 'no agent'}"


def one_line(kind: str, row: Mapping[str, Any]) -> str:
    """A fact in a line, by which a person recognises it: its recorded values without its names."""
    parts = (
        " ".join(said(kind, name, row[name]) for name in names.split() if row.get(name))
        for names in described(kind).in_a_line
    )
    return " · ".join(part for part in parts if part)


def told_apart(kind: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Each fact in a line; lines that are alike go on with what tells these facts apart, the least of it last."""
    lines = [one_line(kind, row) for row in rows]
    alike: dict[str, list[int]] = {}
    for place, line in enumerate(lines):
        alike.setdefault(line, []).append(place)
    own = (f"{kind}_id", "patient_id")
    names = sorted((one.name for one in described(kind).columns), key=lambda name: name in own)
    for places in alike.values():
        waiting = len(places) > 1
        for name in names:
            values = [rows[place].get(name) for place in places]
            if not waiting or len(set(values)) == 1:
                continue
            for place, value in zip(places, values, strict=True):
                lines[place] += f" · {_apart(kind, name, value)}"
            waiting = len({lines[place] for place in places}) < len(places)
    return lines


def _apart(kind: str, name: str, value: str | None) -> str:
    """What one of several alike facts says in a column, with the time of day."""
    if not value:
        return f"no {heading(kind, name).lower()}"
    if described(kind).column(name).kind is Kind.MOMENT:
        return f"{value[11:16]}" if len(value) > 10 else "no time"
    return said(kind, name, value)


def said(kind: str, name: str, value: str) -> str:
    """One recorded value as people say it: `3 Feb 2026`, `low count`; free text as it is."""
    match described(kind).column(name).kind:
        case Kind.WORD:
            return value.replace("_", " ")
        case Kind.DATE | Kind.MOMENT:
            return page_day(date.fromisoformat(value[:10]))
        case Kind.UNIT:
            return value.replace("10*9/L", "×10⁹/L")
        case _:
            return value
