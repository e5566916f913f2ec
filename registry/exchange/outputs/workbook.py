"""An export as one workbook (.xlsx): a sheet a table, with a sheet About before them and a Dictionary.

Text stays the text of the bundle, so that 007, 12.40 and days are what was reported; nothing is a formula or a link.
Only columns that the registry counts itself are numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from math import isfinite
from pathlib import Path
from typing import Any

import pyarrow as pa

from registry.exchange.outputs import About, Outgoing
from registry.record.columns import Column, Kind
from registry.record.consent import left_out_words
from registry.record.fields import TABLES
from registry.wording import file_moment

FILE = "nadir.xlsx"
MOST_ROWS = 1_048_576
"""Rows of a sheet, the header among them; what is more goes on in a second sheet."""
_WIDEST = 60
_KINDS = {
    Kind.ID: "identifier",
    Kind.TEXT: "text",
    Kind.NOTE: "text of several lines",
    Kind.WORD: "one of the allowed words",
    Kind.DATE: "day",
    Kind.MOMENT: "day or time",
    Kind.WHOLE: "whole number",
    Kind.NUMBER: "number",
    Kind.REPORTED: "value as reported",
    Kind.UNIT: "unit as reported",
}
Cells = Iterable[Sequence[str | float | None]]


def write(
    folder: Path, about: About, tables: Iterable[Outgoing], *, most_rows: int = MOST_ROWS
) -> dict[str, int]:
    """Write `nadir.xlsx` into `folder` and return how many rows each table has.

    Its temporary files stand in `folder` too, which only the owner may read. `most_rows` are those of a sheet.
    """
    from xlsxwriter import Workbook

    counts: dict[str, int] = {}
    known: list[Outgoing] = []
    options = {
        "constant_memory": True,
        "tmpdir": str(folder),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(str(folder / FILE), options) as book:
        book.set_properties({"title": "Nadir", "created": about.changed_at})
        bold = book.add_format({"bold": True})
        front, dictionary = book.add_worksheet("About"), book.add_worksheet("Dictionary")
        for table in tables:
            rows = table.rows()
            first = list(islice(rows, 1))
            if first or not table.optional:
                known.append(table)
                counts[table.name] = _table(book, bold, table, chain(first, rows), most_rows)
        _fill(front, bold, ("What", "Value", "Detail"), _about(about, counts))
        _fill(dictionary, bold, ("Table", "Column", "Label", "Kind", "Allowed words"), _dictionary(known))
    return counts


def _table(book: Any, bold: Any, table: Outgoing, rows: Iterator[tuple[str | None, ...]], most: int) -> int:
    """One table on as many sheets as it needs: `observation`, `observation 2` …"""
    numeric = [pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in table.types.types]
    cells = (
        [_number(cell) if is_number else cell for cell, is_number in zip(row, numeric, strict=True)]
        for row in rows
    )
    count = 0
    for number in range(1, 1_000):
        part = list(islice(cells, 1))
        if number > 1 and not part:
            break
        name = table.name if number == 1 else f"{table.name} {number}"
        sheet = book.add_worksheet(name)
        written = _fill(sheet, bold, table.types.names, chain(part, islice(cells, most - 1 - len(part))))
        count += written
        if written < most - 1:
            break
    return count


def _fill(sheet: Any, bold: Any, header: Sequence[str], rows: Cells) -> int:
    """Write a header that stays in sight and the rows below it; returns how many rows there were."""
    sheet.freeze_panes(1, 0)
    for place, name in enumerate(header):
        sheet.set_column(place, place, min(_WIDEST, max(12, len(name) + 2)))
    for place, name in enumerate(header):
        sheet.write_string(0, place, name, bold)
    count = 0
    for count, row in enumerate(rows, 1):
        for place, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(count, place, cell)
            elif cell is not None:
                sheet.write_number(count, place, cell)
    if count:
        sheet.autofilter(0, 0, count, len(header) - 1)
        # Text that looks like a number is meant: no green corner in each of its cells.
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{count + 1}"})
    return count


def _number(cell: str | None) -> str | float | None:
    """A number that the registry counted; what is none, or is not finite, stays text."""
    if cell is None:
        return None
    try:
        number = float(cell)
    except ValueError:
        return cell
    return number if isfinite(number) else cell


def _about(about: About, counts: dict[str, int]) -> Iterator[tuple[str | float | None, ...]]:
    yield "Nadir", about.version, None
    yield "Data as of registry change", about.change, file_moment(about.changed_at)
    yield (
        "Synthetic",
        "yes" if about.synthetic else "no",
        ("Every patient is invented." if about.synthetic else None),
    )
    yield "Patients left out for consent", about.left_out, left_out_words(about.left_out) or None
    for name, digest, engine in about.criteria:
        yield "Criteria", name, f"digest {digest}, engine {engine}"
    for name, count in counts.items():
        yield "Rows", count, name


def _dictionary(tables: Sequence[Outgoing]) -> Iterator[tuple[str | None, ...]]:
    """What each column is; of what is judged or listed, the name and the kind as stored."""
    for table in tables:
        described = (
            {column.name: column for column in TABLES[table.name].columns} if table.name in TABLES else {}
        )
        for field in table.types:
            column: Column | None = described.get(field.name)
            if column is not None:
                words = ", ".join(column.words) or None
                yield table.name, column.name, column.label, _KINDS[column.kind], words
            else:
                yield table.name, field.name, None, _stored_kind(field.type), None


def _stored_kind(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind):
        return "whole number"
    if pa.types.is_floating(kind):
        return "number"
    if pa.types.is_date(kind):
        return "day"
    if pa.types.is_timestamp(kind):
        return "day or time"
    return "true or false" if pa.types.is_boolean(kind) else "text"
