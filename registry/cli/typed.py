"""What is typed in the terminal is read as in the forms: days, measured values, agents, and why there is no value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from registry.errors import Refused

if TYPE_CHECKING:
    from registry.entry import Fact, FactProblem, Typed

Cells = Mapping[str, str]


@dataclass
class Understood:
    """Facts as they are to be stored, and by place what was understood of each cell that says it in words."""

    facts: list[Fact] = field(default_factory=list)
    echoes: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, str] = field(default_factory=dict)
    problems: list[FactProblem] = field(default_factory=list)

    def doubt(self, by_fact: Mapping[int, str], column: str = "value") -> None:
        """Add what is doubted of a column of a fact, by the fact's place."""
        for number, text in by_fact.items():
            place = f"{self.facts[number].name}.{column}".lstrip(".")
            self.doubts[place] = " ".join(filter(None, (self.doubts.get(place), text)))

    def refuse_problems(self) -> None:
        """Raise Refused with everything that was not understood."""
        if self.problems:
            count = len(self.problems)
            several = "One cell was" if count == 1 else f"{count} cells were"
            raise Refused(f"{several} not understood, so nothing was stored.", self.problems)


def read_new(typed: Sequence[tuple[str, Cells]], today: date, *, as_reported: bool = False) -> Understood:
    """Facts to be logged, each a table and its cells; a dose step without a day begins with the course beside it."""
    from registry.entry import Fact
    from registry.record.writing import prepared

    prepared([Fact(table, cells) for table, cells in typed])  # says which tables and columns there are
    found = Understood()
    begins = next((cells.get("started_on") for table, cells in typed if table == "course"), None)
    names = _names([table for table, _ in typed])
    for number, (table, given) in enumerate(typed):
        cells, name = dict(given), names[number]
        if table == "course_agent" and begins and not cells.get("started_on"):
            cells["started_on"] = begins
        reading = _Reading(found, number, table, name, today)
        values = {column: reading.cell(column, text) for column, text in cells.items()}
        if table == "observation":
            values = reading.measured(values, cells, as_reported)
        reading.require(cells)
        found.facts.append(Fact(table, values, name=name, missing=reading.missing))
    found.refuse_problems()
    return found


def _names(tables: Sequence[str]) -> list[str]:
    """What the facts of one request are called: nothing where there is one, `bleed`, or `course_agent.2`."""
    if len(tables) == 1:
        return [""]
    return [
        f"{table}.{tables[: place + 1].count(table)}" if tables.count(table) > 1 else table
        for place, table in enumerate(tables)
    ]


def read_amended(
    table: str, seen: Mapping[str, str | None], named: Cells, changes: Cells, version: int, today: date
) -> Understood:
    """The amendment of a fact of which `seen` is the version that the person saw."""
    from registry.entry import Fact
    from registry.entry.filled import amendable, amended

    known = {one.name for one in amendable(table)} if _has_form(table) else set()
    found = Understood()
    if set(changes) <= known:
        texts = {f"{table}.1.{column}": text for column, text in changes.items()}
        filled = amended(table, seen, texts, today=today, expected_version=version)
        reading = _Reading(found, 0, table, "", today)
        for place, typed in filled.typed.items():
            reading.note(place.split(".")[2], changes.get(place.split(".")[2], ""), typed)
        found.facts.extend(filled.facts)
        found.refuse_problems()
    if (
        not found.facts
    ):  # nothing that a form asks, or nothing that differs: the record says so in its own words
        found.facts.append(Fact(table, {**named, **changes}, version))
    return found


def _has_form(table: str) -> bool:
    from registry.entry.forms import fields_of

    try:
        fields_of(table)
    except KeyError:
        return False
    return True


class _Reading:
    """Reads the cells of one fact, and puts what it understood beside those of the others."""

    def __init__(self, found: Understood, number: int, table: str, name: str, today: date) -> None:
        from registry.entry.forms import fields_of

        self.found = found
        self.number = number
        self.table = table
        self.name = name
        self.today = today
        self.fields = {one.name: one for one in fields_of(table)} if _has_form(table) else {}
        self.missing: dict[str, str] = {}

    def cell(self, column: str, text: str) -> str | None:
        """One cell as it is to be stored. What no form asks, and a time of day, is taken as it is."""
        from registry.entry.filled import read_field
        from registry.record.columns import Kind

        asked = self.fields.get(column)
        if asked is None or asked.kind in (Kind.REPORTED, Kind.UNIT) or not text.strip():
            return text or None
        if asked.kind is Kind.MOMENT and ":" in text:
            return text
        typed = read_field(asked, self.table, text, self.today)
        if typed.missing is not None:
            self.missing[column] = typed.missing
        return self.note(column, text, typed)

    def require(self, cells: Cells) -> None:
        """Ask for what a form would ask for."""
        from registry.entry import Typed

        for column, asked in self.fields.items():
            if asked.required and not cells.get(column):
                self.note(column, "", Typed(None, problem="A value is needed."))

    def measured(self, values: dict[str, Any], cells: Cells, as_reported: bool) -> dict[str, Any]:
        """An observation with its value and unit as understood, or with the reason why there is none."""
        from registry.entry import read_value
        from registry.record.units import measures

        text, analyte = cells.get("value", ""), str(values.get("analyte") or "")
        if not text.strip() or analyte not in measures():
            return values
        read = read_value(
            text,
            analyte,
            cells.get("unit") or None,
            specimen=cells.get("specimen") or None,
            quality=cells.get("quality") or None,
            as_reported=as_reported,
        )
        self.note("value", text, read)
        if read.missing is not None:
            said = {"quality": read.value.quality} if read.value else {}
            return {**values, "value": None, "unit": None, "missing_reason": read.missing, **said}
        if read.value is None:
            return values
        measured = read.value
        quality = measured.quality or values.get("quality")
        understood = {"value": measured.value, "unit": measured.unit, "value_read": measured.value_read}
        return {**values, **understood, "quality": quality}

    def note(self, column: str, text: str, typed: Typed[Any]) -> Any:
        """Keep what was understood of a cell, and give its value."""
        from registry.entry import FactProblem
        from registry.record import tables

        place = f"{self.name}.{column}" if self.name else column
        if typed.problem is not None:
            file = tables.described(self.table).file
            said = typed.problem.rstrip(".")
            self.found.problems.append(
                FactProblem(file, None, column, None, said, "", fact=self.number, field=place)
            )
        elif typed.echo and typed.echo.casefold() != text.strip().casefold():
            self.found.echoes[place] = typed.echo
        if typed.doubt:
            self.found.doubts[place] = typed.doubt
        return typed.value
