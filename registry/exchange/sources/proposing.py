"""A mapping proposed for a file: what its header and cells show, and as a question what they do not.

Columns are known by their names in the languages of laboratories, analytes by name or LOINC, the order of days and the
decimal mark by the cells together. Nothing is defaulted: what nothing shows is a line `# ask: KEY …`.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.compute as pc

from registry.entry.headers import COMMENT, DAY, RANGE, TIME, UNIT, VALUE, analyte_named, plain, read_header
from registry.errors import Refused
from registry.exchange.sources import TextTable, workbook
from registry.exchange.sources.codes import published_codes
from registry.exchange.sources.days import exactly, formats_of
from registry.exchange.sources.foreign import text_table
from registry.exchange.sources.opening import content_of
from registry.exchange.sources.recognition import format_of
from registry.exchange.sources.site_csv import DELIMITERS, decoded, read_site_csv, unpacked
from registry.record.cells import read_cell
from registry.record.numbers import UNDECIDED, Contradiction, readings
from registry.record.units import marks_of_cells, measures
from registry.visible import visible

CODE = "analyte"
_MORE = {
    "patient_id": ("patient", "patient id", "patient number", "pid", "pat id", "subject", "subject id", "subjid",
                   "usubjid", "study no", "study number", "study id", "record id", "participant", "participant id",
                   "pseudonym", "patientennummer", "patient nr", "patientnr", "patientid"),
    "order": ("order", "order id", "order no", "order number", "auftrag", "auftragsnummer", "accession",
              "accession number", "lab no", "lab number", "request", "result id", "labevent id", "aanvraag"),
    CODE: ("code", "test code", "itemid", "item", "loinc", "lab test", "lbtestcd", "bepaling", "analysis code"),
    "comparator": ("comparator", "operator", "op", "sign", "vorzeichen"),
    "status": ("status", "result status", "abnormal status", "state"),
    "specimen": ("specimen", "material", "specimen type", "sample type", "tube", "materiaal"),
    "site": ("site", "hospital", "ward", "center", "centre", "klinik", "ziekenhuis"),
    "lower_limit": ("lower limit", "low", "ref low", "lower", "ref range lower", "lbornrlo", "lbstnrlo"),
    "upper_limit": ("upper limit", "high", "ref high", "upper", "ref range upper", "lbornrhi", "lbstnrhi"),
}  # fmt: skip
"""Names of columns beside those that a pasted block has, as `plain` writes them."""
_DAY_ORDERS = ("day_first", "month_first", "year_first")
_ENCODINGS = ("cp1252",)
MOST_CODES = 200
LINES_LOOKED_AT = 200


@dataclass(frozen=True)
class Proposal:
    """`text` is the mapping in TOML; `asks` are the keys that the file does not show."""

    text: str
    asks: tuple[str, ...]


@dataclass
class _Draft:
    """The sections of a mapping while they are written."""

    table: TextTable
    lines: dict[str, list[str]] = field(default_factory=dict)
    asks: list[str] = field(default_factory=list)

    def put(self, section: str, key: str, value: object) -> None:
        """A key of a section, as TOML writes it."""
        self.lines.setdefault(section, []).append(f"{key} = {_toml(value)}")

    def ask(self, section: str, key: str, why: str) -> None:
        """A key that the file does not show."""
        name = f"{section}.{key}" if section else key
        self.asks.append(name)
        self.lines.setdefault(section, []).append(f"# ask: {name} ({why})")

    def note(self, section: str, text: str) -> None:
        """A comment."""
        self.lines.setdefault(section, []).append(f"# {text}")

    def texts(self, column: str) -> list[str]:
        """The distinct cells of a column, as written."""
        return [visible(text) for text in pc.unique(self.table.texts[column]).to_pylist() if text is not None]


def propose(path: Path) -> Proposal:
    """A mapping for the CSV or workbook at `path`. Raises Refused for what is no site's own table."""
    form = format_of(path, has_mapping=True)
    if form not in ("lab-csv", "xlsx"):
        raise Refused(f"{visible(path.name)} is read as {form}, which needs no mapping of its columns.", [])
    data, name = content_of(path), visible(path.name)
    encoding = None
    if form == "xlsx":
        table = text_table(workbook.read(data, name), name)
    else:
        encoding = _encoding(data, name)
        row, mark = _header(decoded(unpacked(data, path), name, encoding))
        table = read_site_csv(
            data, path, name, [], delimiter=mark, encoding=encoding, header_row=row, every=True
        )
    draft = _Draft(table)
    draft.put("", "source", path.name.partition(".")[0])
    draft.note("", "site: name the hospital here, or its column under [columns]")
    if encoding is not None:
        draft.put("file", "encoding", encoding)
    found = _columns(draft)
    wide = {column: analyte for column, (analyte, _) in _headers(draft).items() if analyte in measures()}
    if CODE in found and VALUE in found:
        _long(draft, found)
    elif wide:
        _wide(draft, wide)
    else:
        draft.ask("columns", "code", "no column names the test, and none is named as one")
        draft.ask("columns", "value", "no column is named as a result")
    return Proposal(_written(draft, path.name), tuple(draft.asks))


def _encoding(data: bytes, name: str) -> str | None:
    """None for UTF-8 or what a mark says; else the first of some encodings that has a letter for every byte."""
    try:
        decoded(data, name, None)
    except Refused:
        return next(encoding for encoding in (*_ENCODINGS, "latin-1") if _decodes(data, encoding))
    return None


def _header(text: str) -> tuple[int, str]:
    """The line of the header from 1, and the mark between its columns: the first line as full as most are."""
    lines = text.split("\n")[:LINES_LOOKED_AT]

    def filled(line: str, mark: str) -> int:
        return sum(bool(cell.strip()) for cell in next(csv.reader([line], delimiter=mark), []))

    full = {mark: [filled(line, mark) for line in lines] for mark in DELIMITERS}
    mark = max(full, key=lambda one: sum(size for size in full[one] if size > 1))
    usual = max(
        Counter(size for size in full[mark] if size > 1).items(), key=lambda one: one[::-1], default=(1, 0)
    )[0]
    return next((number for number, size in enumerate(full[mark], 1) if size >= usual - 1), 1), mark


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _headers(draft: _Draft) -> dict[str, tuple[str | None, str | None]]:
    return {name: read_header(name) for name in draft.table.texts.column_names}


def _columns(draft: _Draft) -> dict[str, str]:
    """The columns that are known by their names, by what they hold; asks for the patient and the day."""
    named = {word: key for key, words in _MORE.items() for word in words}
    found: dict[str, str] = {}
    for name, (meaning, _) in _headers(draft).items():
        meaning = named.get(plain(name), meaning)
        if meaning is not None and meaning not in measures():
            found.setdefault(meaning, name)
    if "patient_id" in found:
        draft.put("columns", "patient_id", [found["patient_id"]])
    else:
        draft.ask("columns", "patient_id", "no column is named as the patient")
    days = [found[key] for key in (DAY, TIME) if key in found]
    if DAY in found:
        draft.put("columns", "observed_at", days[0] if len(days) == 1 else days)
        _days(draft, days)
    else:
        draft.ask("columns", "observed_at", "no column is named as the day of the specimen")
    return found


def _days(draft: _Draft, columns: Sequence[str]) -> None:
    """The order of day and month that the cells show."""
    column = draft.table.texts[columns[0]]
    if len(columns) > 1:
        column = pc.binary_join_element_wise(
            *(draft.table.texts[name] for name in columns), " ", null_handling="skip"
        )
    texts = [text for text in pc.unique(column).to_pylist() if text]
    iso = [text for text in texts if len(text) >= 10 and text[4] == text[7] == "-" and text[:4].isdigit()]
    others = [text for text in texts if text not in iso]
    if not others:
        return
    orders = [
        order
        for order in _DAY_ORDERS
        if all(any(exactly(text, pattern) for pattern in formats_of(order)) for text in others)
    ]
    if len(orders) == 1:
        draft.put("file", "date_order", orders[0])
    elif orders:
        draft.ask("file", "date_order", f"{visible(others[0])} can be {' or '.join(orders)}")
    else:
        draft.ask("file", "date_formats", f"how {visible(others[0])} is read, such as %d-%b-%Y")


def _long(draft: _Draft, found: dict[str, str]) -> None:
    """A row a result: its columns, and the codes that are known."""
    if "order" in found:
        draft.put("columns", "observation_id", [found["order"], found[CODE]])
    draft.put("columns", "code", found[CODE])
    draft.put("columns", "value", found[VALUE])
    for key, name in (
        ("unit", found.get(UNIT)),
        ("range", found.get(RANGE)),
        ("comment", found.get(COMMENT)),
        *((key, found.get(key)) for key in ("comparator", "lower_limit", "upper_limit")),
        *((key, found.get(key)) for key in ("specimen", "status", "site")),
    ):
        if name is not None:
            draft.put("columns", key, name)
    codes = Counter(draft.table.texts[found[CODE]].to_pylist())
    known = {code: _analyte(code) for code in codes if code}
    cells: list[tuple[str | None, str | None, str | None]] = []
    for code, analyte in known.items():
        if analyte is None:
            continue
        section = f"[analyte] {code}"
        draft.put(section, "code", code)
        draft.put(section, "is", analyte)
        rows = draft.table.texts.filter(pc.fill_null(pc.equal(draft.table.texts[found[CODE]], code), False))
        units = rows[found[UNIT]].to_pylist() if UNIT in found else [None] * rows.num_rows
        if None in units and any(units):
            draft.ask(f"analyte.{code}", "default_unit", "some of its results have no unit")
        elif None in units and not all(
            read_cell(text, analyte).unit for text in rows[found[VALUE]].to_pylist() if text
        ):
            draft.ask(f"analyte.{code}", "unit", "the file gives none")
        cells += [
            (text, analyte, unit) for text, unit in zip(rows[found[VALUE]].to_pylist(), units, strict=True)
        ]
        _unknown_units(draft, analyte, units)
    if not any(known.values()):
        draft.ask("", "analyte", "no code is known: " + ", ".join(visible(code) for code in list(known)[:10]))
    for code in [code for code, analyte in known.items() if analyte is None][:MOST_CODES]:
        draft.note("not taken", f"{visible(code)}: {codes[code]:,} rows")
    _marks(draft, cells)
    if "status" in found:
        statuses = published_codes().statuses
        for word in draft.texts(found["status"]):
            if word.casefold() not in statuses:
                draft.ask("status_spelling", json.dumps(word, ensure_ascii=False), "what it means")


def _wide(draft: _Draft, wide: dict[str, str]) -> None:
    """A row a visit: each column that is named as an analyte, with the unit of its header."""
    cells: list[tuple[str | None, str | None, str | None]] = []
    for column, analyte in wide.items():
        section = f"[wide] {column}"
        unit = read_header(column)[1]
        draft.put(section, "column", column)
        draft.put(section, "is", analyte)
        texts = draft.table.texts[column].to_pylist()
        if unit is not None and measures()[analyte].named(unit):
            draft.put(section, "unit", unit)
        elif not all(read_cell(text, analyte).unit for text in texts if text):
            draft.ask(f"wide.{column}", "unit", "neither the header nor the cells have one")
        cells += [(text, analyte, unit) for text in texts]
    _marks(draft, cells)


def _marks(draft: _Draft, cells: Sequence[tuple[str | None, str | None, str | None]]) -> None:
    """The decimal mark that the cells show; it is asked for where a number has two readings."""
    taken = [
        (read_cell(text, analyte or "platelets"), analyte, unit) for text, analyte, unit in cells if text
    ]
    numbers = [(cell.number, analyte, cell.unit or unit) for cell, analyte, unit in taken]
    try:
        marks = marks_of_cells(numbers)
    except Contradiction as error:
        draft.ask("file", "decimal", str(error))
        return
    if marks.decimal == "," and marks != UNDECIDED:
        draft.put("file", "decimal", "comma")
    elif marks == UNDECIDED:
        unclear = next((text for text, _, _ in numbers if text and len(readings(text)) > 1), None)
        if unclear is not None:
            draft.ask("file", "decimal", f"{visible(unclear)} can be read in two ways")


def _unknown_units(draft: _Draft, analyte: str, units: Sequence[str | None]) -> None:
    for unit in sorted({unit for unit in units if unit and measures()[analyte].named(unit) is None}):
        draft.ask(
            "unit_spelling",
            json.dumps(visible(unit), ensure_ascii=False),
            f"a unit of {analyte} that is not known",
        )


def _analyte(code: str) -> str | None:
    return published_codes().loinc.get(code.strip()) or analyte_named(code)


# Writing


def _toml(value: object) -> str:
    """A text or a list of texts; the strings of JSON are those of TOML."""
    return json.dumps(value, ensure_ascii=False)


def _written(draft: _Draft, name: str) -> str:
    return "\n".join(_sections(draft, name)).strip() + "\n"


def _sections(draft: _Draft, name: str) -> Iterator[str]:
    yield f"# Proposed for {visible(name)}: {draft.table.texts.num_rows:,} rows."
    yield from draft.lines.get("", [])
    for section in ("file", "columns"):
        if section in draft.lines:
            yield from ("", f"[{section}]", *draft.lines[section])
    for section, lines in draft.lines.items():
        if section.startswith(("[analyte] ", "[wide] ")):
            yield from ("", f"[{section.partition(' ')[0]}]", *lines)
    for section, lines in draft.lines.items():
        asked = section.startswith(("analyte.", "wide.", "unit_spelling", "status_spelling"))
        if asked or section == "not taken":
            yield ""
            if section == "not taken":
                yield "# Tests that are not taken, with their number of rows:"
            yield from lines
