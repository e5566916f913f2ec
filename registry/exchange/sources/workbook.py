"""A workbook (.xlsx, .xls, .ods) as the site's own table: one sheet, its cells as text.

Days become ISO in both epochs, a number is written without what binary arithmetic adds, a merged cell holds for every
row that it covers. The result of a formula counts; a formula that was never calculated and an error are no value.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from adjudication.toml_table import nearest
from registry.errors import Problem, Refused
from registry.exchange.sources.cells import CellTable
from registry.exchange.sources.opening import LARGEST_RATIO, SMALL_BYTES, refused
from registry.exchange.sources.sheet_xml import (
    MOST_CELLS,
    Place,
    SheetFacts,
    excel_facts,
    ods_facts,
    place_name,
    sheet_parts,
)

LARGEST_BYTES = 256 * 2**20
LARGEST_UNPACKED = 1024 * 2**20
MOST_PARTS = 5_000
NAMED = 10
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    OSError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    struct.error,
)
_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"
_ZERO_WIDTH = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
_POINT, _COMMA = re.compile(r"[<>]?\s*\d+\.\d+"), re.compile(r"[<>]?\s*\d+,(?:\d{1,2}|\d{4,})")


@dataclass(frozen=True)
class _Sheet:
    """The values of a sheet as they were read, and what else is known of it."""

    name: str
    values: list[list[Any]]
    facts: SheetFacts


def kind_of(data: bytes) -> str | None:
    """`xlsx`, `xls` or `ods` by the first bytes and the directory of a file; None for what is no workbook."""
    if data.startswith(_OLD):
        return "xls"
    if not data.startswith(b"PK\x03\x04"):
        return None
    if _ODS in data[:200]:
        return "ods"
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    return "xlsx" if "xl/workbook.xml" in names else None


def read(
    data: bytes,
    file: str,
    *,
    sheet: str | int | None = None,
    header_row: int | None = None,
    named: Collection[str] = (),
    decimal: str | None = None,
    skipped: Callable[[str], bool] = lambda _text: False,
) -> CellTable:
    """The table of a sheet, by name or number from 1; without it the only one that has something in it.

    The header is row `header_row`, else the first row that has every column of `named`. Numbers are written with the
    mark `decimal`, else with the one that the sheet's own texts show. Rows whose first cell is `skipped`, and blank
    ones, are left out. Raises Refused for what is no workbook, a sheet to be asked for, or a missing column.
    """
    chosen = _opened(data, file, sheet)
    facts, values = chosen.facts, chosen.values
    comma = decimal == "," or (decimal is None and _shows_comma(values))
    texts = [_row_of_texts(row, comma) for row in values]
    for row, column in [*facts.errors, *facts.uncalculated]:
        if row < len(texts) and column < len(texts[row]):
            texts[row][column] = ""
    blank = [not any(row) for row in texts]
    _fill_merged(texts, facts, file)
    header_at = _header_at(texts, blank, header_row, named, file, chosen.name)
    spelled = {_head(name): name for name in named}
    header = [spelled.get(_head(cell), _head(cell)) for cell in texts[header_at]]
    width = max((at for at, name in enumerate(header, 1) if name), default=0)
    rows = tuple(
        (at + 1, tuple(texts[at][:width]))
        for at in range(header_at + 1, len(texts))
        if not blank[at] and not skipped(next(filter(None, texts[at]), ""))
    )
    return CellTable(file, tuple(header[:width]), rows, tuple(_notes(chosen, header_at)))


def _opened(data: bytes, file: str, sheet: str | int | None) -> _Sheet:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    kind = kind_of(data)
    if kind is None:
        raise refused(
            file, "a workbook (.xlsx, .xls or .ods)", "Save it as .xlsx, or import a CSV as lab-csv."
        )
    if len(data) > LARGEST_BYTES:
        raise refused(file, f"at most {LARGEST_BYTES:,} bytes", "Divide it into several workbooks.")
    try:
        known = _known(data, kind, file)
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            name = _sheet_of(book, known, sheet, file)
            facts = known(name)
            values = book.get_sheet_by_name(name)
            if kind == "xls":
                facts.merged = [(*first, *last) for first, last in values.merged_cell_ranges or ()]
                if values.total_height * values.total_width > MOST_CELLS:
                    raise refused(file, f"a sheet of at most {MOST_CELLS:,} cells", "Divide it.")
            return _Sheet(name, values.to_python(skip_empty_area=False), facts)
    except PasswordError as error:
        raise refused(file, "a workbook without a password", "Save it again without one.") from error
    except (CalamineError, *_BROKEN) as error:
        raise refused(file, "a whole workbook", "It is damaged or incomplete. Save it again.") from error
    except BaseException as error:
        # What the reader's own code did not foresee reaches Python as a panic, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise refused(file, "a whole workbook", "It is damaged. Save it again.") from error


def _refuse_bomb(data: bytes, file: str) -> None:
    """Look at the directory of the archive before anything is unpacked, and then whether it says the truth."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = packed.infolist()
        unpacked = sum(part.file_size for part in parts)
        repeated = [
            part.filename
            for part in parts
            if part.file_size > SMALL_BYTES and part.file_size > LARGEST_RATIO * max(1, part.compress_size)
        ]
        if len(parts) > MOST_PARTS or unpacked > LARGEST_UNPACKED or repeated:
            raise refused(file, "a workbook of ordinary size", "It is too large when unpacked.")
        if any(part.flag_bits & 0x1 for part in parts):
            raise refused(file, "a workbook without a password", "Save it again without one.")
        # Every part is read once to the size that was promised: one that goes on has another checksum.
        if packed.testzip() is not None:
            raise refused(file, "a whole workbook", "It is damaged or incomplete. Save it again.")


def _known(data: bytes, kind: str, file: str) -> Callable[[str], SheetFacts]:
    """The facts of a sheet by its name; of an .xls nothing is known. Raises Refused for a bomb."""
    if kind == "xls":
        return lambda _sheet: SheetFacts(is_known=False)
    _refuse_bomb(data, file)
    packed = zipfile.ZipFile(io.BytesIO(data))
    if kind == "ods":
        sheets = ods_facts(packed, file)
        return lambda sheet: sheets.get(sheet) or SheetFacts()
    parts = sheet_parts(packed, file)
    return lambda sheet: excel_facts(packed, parts.get(sheet, ""), file)


def _sheet_of(book: Any, known: Callable[[str], SheetFacts], sheet: str | int | None, file: str) -> str:
    """The name of the sheet that is meant. Raises Refused where it has to be asked for."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    sheets = book.sheets_metadata
    names = [one.name for one in sheets]
    shown = ", ".join(name[:40] for name in names[:NAMED])
    if isinstance(sheet, int):
        if not 1 <= sheet <= len(names):
            raise refused(file, f"a sheet {sheet}", f"It has {len(names)}: {shown}.")
        return str(names[sheet - 1])
    if sheet is not None:
        wanted = [name for name in names if _head(name).casefold() == _head(sheet).casefold()]
        if not wanted:
            meant = nearest(sheet, names)
            remedy = f"Did you mean {meant}? It has {shown}." if meant else f"It has {shown}."
            raise refused(file, f"a sheet {sheet}", remedy)
        return str(sheet if sheet in wanted else wanted[0])
    visible = [
        one.name
        for one in sheets
        if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
    ]
    if len(visible) > 1:
        visible = [name for name in visible if _has_cells(book, known, name)]
    if len(visible) != 1:
        remedy = f"Name it in the mapping: sheet under [file]. It has {shown}."
        raise refused(file, "one sheet", remedy)
    return str(visible[0])


def _has_cells(book: Any, known: Callable[[str], SheetFacts], sheet: str) -> bool:
    facts = known(sheet)
    return (facts.last_row >= 0 or not facts.is_known) and bool(book.get_sheet_by_name(sheet).total_height)


# Cells as text


def _row_of_texts(row: Iterable[Any], comma: bool) -> list[str]:
    return [_as_text(value, comma) for value in row]


def _as_text(value: Any, comma: bool) -> str:
    """One cell as text: days and times in ISO, numbers without an exponent."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        text = _number(float(value))
        return text.replace(".", ",") if comma else text
    if isinstance(value, datetime):
        moment = _to_second(value)
        return moment.date().isoformat() if moment.time() == time() else moment.isoformat()
    if isinstance(value, timedelta):
        seconds = round(value.total_seconds())
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if isinstance(value, time):
        return _to_second(datetime.combine(date(2000, 1, 1), value)).time().isoformat()
    return value.isoformat() if isinstance(value, date) else str(value)


def _to_second(moment: datetime) -> datetime:
    """A time of day is a fraction in a workbook; what lies below a second comes from that."""
    return (moment + timedelta(microseconds=500_000)).replace(microsecond=0)


def _number(value: float) -> str:
    """The number as a spreadsheet shows it: fifteen digits are kept, as there."""
    text = format(Decimal(f"{value:.15g}"), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _shows_comma(values: Sequence[Sequence[Any]]) -> bool:
    """Whether texts of the sheet are numbers with a decimal comma, and none has a decimal point."""
    comma = False
    for row in values:
        for value in row:
            if isinstance(value, str):
                if _POINT.fullmatch(value.strip()):
                    return False
                comma = comma or bool(_COMMA.fullmatch(value.strip()))
    return comma


def _head(text: str) -> str:
    """A name of a column or sheet without line breaks, doubled spaces and characters that nobody sees."""
    return " ".join(_ZERO_WIDTH.sub("", text).split())


def _fill_merged(texts: list[list[str]], facts: SheetFacts, file: str) -> None:
    """A merged cell holds for every row that it covers; across columns it stays in its first."""
    filled = 0
    for first_row, first_column, last_row, _ in facts.merged:
        if first_row >= len(texts) or first_column >= len(texts[first_row]):
            continue
        text = texts[first_row][first_column]
        for row in range(first_row + 1, min(last_row + 1, len(texts))):
            if not text or first_column >= len(texts[row]):
                break
            texts[row][first_column] = text
            filled += 1
            if filled > MOST_CELLS:
                raise refused(file, "merged cells beside each other", "Save it again without merged cells.")


# The header


def _header_at(
    texts: list[list[str]],
    blank: list[bool],
    header_row: int | None,
    named: Collection[str],
    file: str,
    sheet: str,
) -> int:
    """The place of the header. Raises Refused with every column that is missing."""
    wanted = {_head(name) for name in named}
    if header_row is not None:
        if not 1 <= header_row <= len(texts):
            raise refused(file, f"a header in row {header_row}", f"The sheet {sheet} has {len(texts)} rows.")
        best = header_row - 1
    else:
        filled = [at for at in range(len(texts)) if not blank[at]]
        if not filled:
            raise refused(file, "a header with the names of the columns", f"The sheet {sheet} is empty.")
        best = max(filled, key=lambda at: (len(wanted & {_head(cell) for cell in texts[at]}), -at))
    there = {_head(cell) for cell in texts[best]}
    missing = [name for name in named if _head(name) not in there]
    if missing:
        problems = []
        for name in missing:
            meant = nearest(name, sorted(there - {""}))
            remedy = f"Did you mean {meant}? Correct the mapping." if meant else "Correct the mapping."
            problems.append(
                Problem(
                    file, None, name, None, f"the column, which the mapping names, in row {best + 1}", remedy
                )
            )
        words = ", ".join(missing)
        raise Refused(f"{file}, sheet {sheet}: no row has the column {words}.", problems)
    return best


# What is told


def _notes(sheet: _Sheet, header_at: int) -> list[str]:
    facts, name = sheet.facts, sheet.name
    notes = [f"The sheet {name} was read, its header in row {header_at + 1}."]
    for words, places in (
        ("a formula that was never calculated, so there is no value", facts.uncalculated),
        ("an error, so there is no value", facts.errors),
    ):
        below = sorted(place for place in places if place[0] > header_at)
        if below:
            notes.append(f"{_named(below)} of {name}: {words}.")
    hidden = sorted(row + 1 for row in facts.hidden_rows if header_at < row <= facts.last_row)
    if hidden:
        shown = ", ".join(map(str, hidden[:NAMED])) + (" …" if len(hidden) > NAMED else "")
        notes.append(f"Hidden rows of {name} were read like the others: {shown}.")
    return notes


def _named(places: Sequence[Place]) -> str:
    shown = ", ".join(place_name(*place) for place in places[:NAMED])
    return f"{shown} … ({len(places):,})" if len(places) > NAMED else shown
