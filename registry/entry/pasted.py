"""A pasted block becomes proposed observations, each with its verdict against the record, before anything is saved.

The block is read like a file: one decimal mark and one order of days for all its cells, shown by the block or asked
about. Every value goes through `typed.read_value`, so that a pasted count is what a typed one would be.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from registry import sql
from registry.entry.blocks import Cell, Column, Layout, read_layout
from registry.entry.far import far_of
from registry.record.cells import missing_said, quality_said, split_unit, without_flags
from registry.record.numbers import UNDECIDED, Ambiguous, Contradiction, Marks
from registry.record.text import words
from registry.record.text.days import said
from registry.record.text.values import Measured, Typed, read_value, value_said
from registry.record.units import QUALITIES, likely_units, marks_of_cells
from registry.record.writing import Fact
from registry.roles import Actor, Permission
from registry.store.database import Database

NEW, SAME, CONFLICT, REFUSED = "new", "same", "conflict", "refused"
SOURCE = "pasted"
_NOT_OF_OTHERS = {"clumped": ("platelets",)}
"""What a comment on a whole row says of the specimen holds for these analytes only."""


@dataclass(frozen=True)
class Known:
    """What the record holds for the same day and analyte: to be shown beside the pasted value, and amended."""

    observation_id: str
    version: int
    echo: str
    values: Mapping[str, str | None]


@dataclass(frozen=True)
class Row:
    """One pasted value: what it says, what would be stored, and what the record says to it.

    `line` counts the lines of the block from 1, `text` is the cell as pasted. `verdict` is new, same, conflict or
    refused; `reason` says why where it is not new, with what to do. `flags` are what the block says of the
    specimen; `known` is the stored count of a conflict.
    """

    number: int
    line: int
    column: str
    text: str
    day: date | None
    analyte: str | None
    echo: str
    verdict: str
    reason: str | None = None
    doubt: str | None = None
    flags: tuple[str, ...] = ()
    values: Mapping[str, str | None] | None = None
    known: Known | None = None

    @property
    def day_said(self) -> str:
        """`Tue 3 Feb 2026`, empty where the day was not understood."""
        return said(self.day) if self.day else ""


@dataclass(frozen=True)
class UnitAsked:
    """A column whose unit neither its header nor its cells say; `likely` are those in which most values are usual."""

    column: str
    analyte: str
    units: tuple[str, ...]
    likely: tuple[str, ...]


@dataclass(frozen=True)
class Block:
    """A block as understood. Answer `asks_order` and `asks_units` by reading it again with the answers."""

    rows: tuple[Row, ...]
    columns: tuple[Column, ...]
    day_first: bool | None
    asks_order: bool
    asks_units: tuple[UnitAsked, ...]
    left_aside: tuple[str, ...]
    problems: tuple[str, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows have each verdict; they add up to the rows."""
        found = Counter(row.verdict for row in self.rows)
        return {verdict: found[verdict] for verdict in (NEW, SAME, CONFLICT, REFUSED)}

    def facts(self, amend: Collection[int] = ()) -> list[Fact]:
        """What a save would store: every new row, and the conflicts among the rows numbered in `amend`."""
        facts = []
        for row in self.rows:
            if row.verdict == NEW and row.values is not None:
                facts.append(Fact("observation", row.values, name=f"rows.{row.number}"))
            elif row.number in amend and row.known is not None and row.values is not None:
                changes = {name: value for name, value in row.values.items() if name != "observed_at"}
                named = {"observation_id": row.known.observation_id}
                facts.append(
                    Fact("observation", {**changes, **named}, row.known.version, name=f"rows.{row.number}")
                )
        return facts


def read_block(
    db: Database,
    actor: Actor,
    patient_id: str,
    text: str,
    *,
    today: date,
    units: Mapping[str, str] | None = None,
    day_first: bool | None = None,
    analytes: Mapping[str, str] | None = None,
) -> Block:
    """Read a block of counts of one patient and hold it against the record. Nothing is stored.

    `units` and `analytes` answer what was asked of columns, by their key; `day_first` whether days come before
    months, where the block does not show it. Raises NotPermitted without the right to read the patient.
    """
    found = db.rows("SELECT site, born_on, died_on FROM patient_view WHERE patient_id = $1", [patient_id])
    site, born, died = found[0] if found else (None, None, None)
    actor.require(Permission.READ, site)
    layout = read_layout(text, today, day_first=day_first, analytes=analytes)
    reading = _Reading(layout, patient_id, units or {})
    rows = [_alive(row, born, died) for row in reading.rows()]
    rows = _with_far(db, actor, _compared(_repeated(rows), _stored(db, patient_id)))
    return Block(
        tuple(rows),
        layout.columns,
        layout.day_first,
        layout.asks_order,
        tuple(reading.asked.values()),
        layout.left_aside,
        layout.problems,
    )


class _Reading:
    """The cells of a block as values."""

    def __init__(self, layout: Layout, patient_id: str, units: Mapping[str, str]) -> None:
        self.layout = layout
        self.patient_id = patient_id
        self.units = units
        self.asked: dict[str, UnitAsked] = {}
        self.contradiction: str | None = None
        self.marks = UNDECIDED
        try:
            self.marks = marks_of_cells(self._numbers())
        except Contradiction as error:
            self.contradiction = f"{error}: write the whole block in one way, or remove one of the two."

    def _numbers(self) -> Iterator[tuple[str | None, str | None, str | None]]:
        """The numbers of the block with their limits, for the marks that they prove together."""
        for cell in self.layout.cells:
            text, own = _number_of(cell)
            unit = own or self._unit(cell)
            for number in (text, *(_plain(limit) for limit in cell.limits)):
                yield number, cell.analyte, unit

    def rows(self) -> Iterator[Row]:
        for number, cell in enumerate(self.layout.cells, 1):
            yield self._row(number, cell)

    def _row(self, number: int, cell: Cell) -> Row:
        day = cell.day.value
        row = Row(number, cell.line, cell.column, cell.text, day, cell.analyte, "", REFUSED)
        if cell.analyte is None:
            return replace(row, reason="The analyte is not known.")
        bare, flags, quality = _without_flags(cell)
        typed = read_value(bare, cell.analyte, self._unit(cell), quality=quality, marks=self.marks)
        row = replace(row, echo=typed.echo, doubt=typed.doubt or cell.day.doubt, flags=flags)
        if self.contradiction:
            return replace(row, reason=self.contradiction)
        if self._asks_unit(cell, bare):
            return replace(row, reason=f"Enter the unit of {cell.column}.")
        if day is None:
            return replace(row, reason=cell.day.problem or "The day is missing.")
        if not typed.understood:
            return replace(row, reason=typed.problem)
        values = self._values(cell, day, typed)
        return (
            replace(row, verdict=NEW, values=values) if values else replace(row, reason="There is no value.")
        )

    def _unit(self, cell: Cell) -> str | None:
        return cell.unit or self.units.get(cell.column) or (self.units.get(cell.analyte or "") or None)

    def _asks_unit(self, cell: Cell, bare: str) -> bool:
        """Note that the unit of the cell's column is to be asked for."""
        assert cell.analyte is not None  # noqa: S101 -- looked at before
        value, own = split_unit(bare, cell.analyte)
        if own or self._unit(cell) or missing_said(bare) or not re.search(r"\d", value):
            return False
        if cell.column not in self.asked:
            texts = [
                split_unit(_without_flags(one)[0], cell.analyte)[0]
                for one in self.layout.cells
                if one.column == cell.column
            ]
            known = Counter(unit for text in texts for unit in _likely(cell.analyte, text, self.marks))
            likely = [unit for unit, count in known.most_common(3) if count * 2 > len(texts)]
            self.asked[cell.column] = UnitAsked(
                cell.column, cell.analyte, tuple(words.units(cell.analyte)), tuple(likely)
            )
        return True

    def _values(self, cell: Cell, day: date, typed: Typed[Measured]) -> dict[str, str | None] | None:
        at = f"{day.isoformat()}T{cell.clock}" if cell.clock else day.isoformat()
        values: dict[str, str | None] = {
            "patient_id": self.patient_id,
            "observed_at": at,
            "analyte": cell.analyte,
            "source": SOURCE,
        }
        measured = typed.value
        if typed.missing:
            spoiled = {"quality": measured.quality} if measured else {}
            return {**values, "missing_reason": typed.missing, **spoiled}
        if measured is None:
            return None
        lower, upper = cell.limits
        more = {"quality": measured.quality, "lower_limit": _plain(lower), "upper_limit": _plain(upper)}
        said_of_it = {name: value for name, value in more.items() if value is not None}
        said_of_it |= {"value_read": measured.value_read} if measured.value_read else {}
        return {**values, "value": measured.value, "unit": measured.unit, **said_of_it}


def _number_of(cell: Cell) -> tuple[str | None, str | None]:
    """The number of a cell without what stands around it, and the unit that the cell itself says."""
    bare = _without_flags(cell)[0]
    return split_unit(bare, cell.analyte) if cell.analyte else (bare, None)


def _likely(analyte: str, text: str, marks: Marks) -> list[str]:
    try:
        return likely_units(analyte, text, marks)
    except Ambiguous:
        return []


def _without_flags(cell: Cell) -> tuple[str, tuple[str, ...], str | None]:
    """The text without the laboratory's marks (L, H, *), the flags to show, and the quality that a comment says."""
    bare, marks = without_flags(cell.text)
    flags = list(marks)
    quality = quality_said(cell.comment)
    if quality and cell.analyte not in _NOT_OF_OTHERS.get(quality, (cell.analyte,)):
        quality = None
    own = quality_said(cell.text)
    flags += [one for one in dict.fromkeys((own, quality)) if one]
    if cell.comment and quality_said(cell.comment) is None:
        flags.append(cell.comment)
    return bare, tuple(flags), quality


def _plain(limit: str | None) -> str | None:
    return re.sub(r"[<>≤≥\s]", "", limit) if limit else None


# Against the patient, the block itself, and the record


def _alive(row: Row, born: date | None, died: date | None) -> Row:
    if row.verdict == NEW and row.day is not None:
        if born is not None and row.day < born:
            return _refused(
                row, f"The patient was born on {said(born)}. Check the day, and whose counts these are."
            )
        if died is not None and row.day > died:
            return _refused(
                row, f"The patient died on {said(died)}. Check the day, and whose counts these are."
            )
    return row


def _refused(row: Row, reason: str) -> Row:
    return replace(row, verdict=REFUSED, reason=reason, values=None)


def _repeated(rows: Sequence[Row]) -> list[Row]:
    """The same day and analyte twice in one block: once the same, once a contradiction of both."""
    first: dict[tuple[Any, ...], Row] = {}
    found: list[Row] = []
    contradicted: dict[int, int] = {}
    for row in rows:
        name = (row.analyte, row.values["observed_at"]) if row.verdict == NEW and row.values else None
        other = first.setdefault(name, row) if name else row
        if other is row:
            found.append(row)
        elif _content(row) == _content(other):
            found.append(replace(row, verdict=SAME, reason=f"It is the same as line {other.line}."))
        else:
            contradicted[other.number] = row.line
            reason = f"Line {other.line} has another value for this day: {other.echo}. Remove one of them."
            found.append(_refused(row, reason))
    return [
        _refused(row, f"Line {contradicted[row.number]} has another value for this day. Remove one of them.")
        if row.number in contradicted
        else row
        for row in found
    ]


def _content(row: Row) -> object:
    """What makes two values of one day the same: what they come to, whatever their spelling."""
    return row.echo.partition(" (reported")[0], row.flags, (row.values or {}).get("missing_reason")


@dataclass(frozen=True)
class _Count:
    """A stored observation."""

    known: Known
    clock: str | None
    canonical_e6: int | None
    comparator: str | None
    spoiled: str | None


def _stored(db: Database, patient_id: str) -> dict[tuple[date, str], list[_Count]]:
    found: dict[tuple[date, str], list[_Count]] = {}
    for row in db.arrow(sql.text("queries/counts_of_patient"), [patient_id]).to_pylist():
        values = {
            name: row[name] for name in ("value", "unit", "quality", "missing_reason", "observed_at_reported")
        }
        known = Known(row["observation_id"], row["version"], _echo_of(row), values)
        clock = str(row["observed_at_reported"])[11:16] or None
        quality = row["quality"] if row["quality"] != "ok" else None
        count = _Count(known, clock, row["canonical_e6"], row["comparator"], quality)
        found.setdefault((row["observed_on"], row["analyte"]), []).append(count)
    return found


def _echo_of(row: Mapping[str, Any]) -> str:
    """A stored count in the words of a typed one."""
    told = value_said(
        row["analyte"], row["value"], row["unit"], row["comparator"], row["canonical_e6"], row["quality"]
    )
    reason = row["missing_reason"] or "no value"
    if told is None and row["quality"] in QUALITIES:
        return f"{row['quality']}, no value"
    return told or words.MISSING.get(reason, reason)


def _compared(rows: Sequence[Row], stored: Mapping[tuple[date, str], Sequence[_Count]]) -> list[Row]:
    return [
        _verdict(row, stored.get((row.day, row.analyte), ()))
        if row.verdict == NEW and row.day is not None and row.analyte is not None
        else row
        for row in rows
    ]


def _verdict(row: Row, counts: Sequence[_Count]) -> Row:
    """New where the day has no such count or one of another hour, same where it says the same, else a conflict."""
    values = row.values or {}
    clock = str(values["observed_at"])[11:16] or None
    near = [one for one in counts if clock is None or one.clock is None or one.clock == clock]
    if not near:
        return row
    echo = row.echo.partition(" (reported")[0]
    for one in near:
        if one.known.echo.partition(" (reported")[0] == echo and one.spoiled == values.get("quality"):
            return replace(row, verdict=SAME, reason="Already recorded.", known=one.known)
    return replace(
        row,
        verdict=CONFLICT,
        reason=f"Recorded for this day: {near[0].known.echo}. Choose the correct value.",
        known=near[0].known,
    )


def _with_far(db: Database, actor: Actor, rows: Sequence[Row]) -> list[Row]:
    """Pasted rows with a doubt at each value far out of the line of the record and of the block together."""
    facts = [
        Fact("observation", {**(row.values or {}), "observation_id": row.known and row.known.observation_id})
        for row in rows
    ]
    far = far_of(db, actor, facts)
    return [
        replace(row, doubt=f"{row.doubt} {far[place]}" if row.doubt else far[place]) if place in far else row
        for place, row in enumerate(rows)
    ]
