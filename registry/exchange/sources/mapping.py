"""A mapping says in TOML how a laboratory's own file is read: columns, codes, units, marks, dates, comments.

Nothing that the mapping does not say is guessed, and every fault in it is reported at once with its line.
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Callable
from collections.abc import Mapping as Words
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from adjudication.agents import LINEAGES
from adjudication.toml_table import Table, Unfit, tables_of
from registry.errors import FaultyFile, Refused, Usage
from registry.exchange.sources.days import check_formats, formats_of
from registry.exchange.sources.opening import content_of
from registry.exchange.sources.pattern import compiled
from registry.record.numbers import SPACES, UNDECIDED, Ambiguous, Marks, declared, read_number
from registry.record.units import QUALITIES, measures

FOLDER = Path(__file__).parent / "mappings"
_COLUMNS = (
    *("offset_minutes", "code", "value", "value_number", "comparator", "unit", "range", "specimen_id"),
    *("specimen", "lower_limit", "upper_limit", "status", "comment", "site"),
)
"""Columns that a mapping names one each; `patient_id`, `observation_id` and `observed_at` may be several, joined."""
STATUSES = ("preliminary", "final", "corrected", "cancelled", "entered_in_error", "not_done", "pending")
COMPARATORS = ("<", ">", "<=", ">=", "=")
SPECIMENS = ("edta", "citrate", "heparin", "unknown")
VALUE_WORDS = ("clumped", "hemolyzed", "insufficient", "not_done", "unknown", "not_applicable", "pending")
_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
_MARKS_BY_WORD = {"point": ".", "comma": ",", "space": " ", "apostrophe": "'"}
_NO_TEXT = frozenset(
    {
        *("base64", "bz2", "hex", "idna", "punycode", "quopri", "raw-unicode-escape", "raw_unicode_escape"),
        *("rot13", "undefined", "unicode-escape", "unicode_escape", "utf-7", "uu", "zlib"),
    }
)
"""What Python calls encodings, although no laboratory writes its files so."""
MOST_BYTES = 2**18
_DECIMALS = {"point": ".", "comma": ","}


@dataclass(frozen=True)
class CodedAnalyte:
    """One code of the laboratory. `unit` stands for a unit that the file does not give at all, `default_unit`
    for a single missing one; both are the site's own declaration (DEF-UNIT-02)."""

    code: str
    analyte: str
    unit: str | None = None
    default_unit: str | None = None
    specimen: str | None = None


@dataclass(frozen=True)
class WideColumn:
    """A column whose cells are the results of one analyte: a row a visit, or a row a patient and a column a day.

    `observed_at` is another day column than the row's, and `plus_days` are counted on from it.
    """

    column: str
    analyte: str
    unit: str | None = None
    unit_column: str | None = None
    unit_spelling: Words[str, str] = field(default_factory=dict)
    comparator_column: str | None = None
    quality_column: str | None = None
    specimen: str | None = None
    observed_at: tuple[str, ...] = ()
    plus_days: int = 0

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column of the file that it names."""
        names = (
            self.column,
            self.unit_column,
            self.comparator_column,
            self.quality_column,
            *self.observed_at,
        )
        return tuple(name for name in names if name)


@dataclass(frozen=True)
class QualityRule:
    """Comments of some codes that spoil the results of some analytes, in the row or in the whole specimen."""

    quality: str
    column: str
    pattern: re.Pattern[str]
    codes: frozenset[str]
    applies_to: frozenset[str]
    of_specimen: bool


@dataclass(frozen=True)
class Mapping:
    """How one laboratory's files are read."""

    name: str
    site: str | None
    source: str
    """Whose numbers those of the results are; where the mapping does not say it, its own name."""
    dates_are_shifted: bool
    encoding: str | None
    """None: UTF-8, or what a byte order mark says."""
    delimiter: str | None
    """None: what the header shows."""
    marks: Marks | None
    date_formats: tuple[str, ...]
    columns: Words[str, Any]
    offset_from: str | None
    absent: tuple[str, ...]
    absent_reason: str
    from_comment: tuple[tuple[re.Pattern[str], str], ...]
    unit_spelling: Words[str, str]
    analytes: tuple[CodedAnalyte, ...]
    not_taken: Words[str, str]
    qualities: tuple[QualityRule, ...]
    sections: Words[str, Any] = field(default_factory=dict)
    """The parts for transfusions, prescriptions and episodes, and of REDCap."""
    sheet: str | int | None = None
    """Of a workbook: the sheet's name, or its number from 1."""
    header_row: int | None = None
    skip: tuple[re.Pattern[str], ...] = ()
    """Rows of a workbook whose first cell begins like this are none."""
    patient_system: str | None = None
    """Whose identifier names a patient: FHIR identifier.system, HL7 PID-3.4."""
    crosswalk: Words[str, str] | None = None
    """The pseudonym of each number of the file. The numbers are never stored, printed or audited."""
    known_only: bool = False
    """Rows of patients who are not in the registry are refused, and do not stop the file."""
    zone: ZoneInfo | None = None
    wide: tuple[WideColumn, ...] = ()
    status_spelling: Words[str, str] = field(default_factory=dict)
    comparator_spelling: Words[str, str] = field(default_factory=dict)
    specimen_spelling: Words[str, str] = field(default_factory=dict)
    value_spelling: Words[str, str] = field(default_factory=dict)
    sha256: str | None = None

    @property
    def value_columns(self) -> tuple[str, ...]:
        """The columns of which one must be filled in a row of results."""
        if self.wide:
            return tuple(dict.fromkeys(one.column for one in self.wide))
        names = (self.columns.get(key) for key in ("value", "value_number"))
        return tuple(name for name in names if name)

    def section(self, name: str) -> Words[str, Any]:
        """One of the further parts. Raises Usage if the mapping has none."""
        if name not in self.sections:
            raise Usage(f"The mapping {self.name} has no part [{name}].")
        part: Words[str, Any] = self.sections[name]
        return part


def built_in() -> list[str]:
    """The names of the mappings that come with the registry."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_mapping(name: Path | str, *, has_columns: bool = True) -> Mapping:
    """The mapping in a TOML file, or a built-in one by its name. Raises Usage with every fault, each with its line.

    With `has_columns` False it belongs to a format with a standard of its own, and needs to name no columns.
    """
    path = FOLDER / f"{name}.toml" if str(name) in built_in() else Path(name)
    if not path.is_file():
        raise Usage(f"There is no mapping {name}. Built in: {', '.join(built_in())}; or give a TOML file.")
    try:
        content = content_of(path, most=MOST_BYTES)
        top = tables_of(path.name, content.decode("utf-8-sig"))
        mapping = _mapping(path.stem, top, has_columns or "columns" in top.values, path.parent)
        return replace(mapping, sha256=sha256(content).hexdigest())
    except Unfit as error:
        raise FaultyFile([f"{error.file}, {fault}" for fault in error.faults]) from error
    except Refused as error:
        raise Usage(str(error)) from error
    except UnicodeDecodeError as error:
        raise Usage(f"{path.name} is not text in UTF-8: {error}.") from error


def _mapping(name: str, top: Table, has_columns: bool, folder: Path) -> Mapping:
    """Raises Unfit with every fault."""
    has_wide = "wide" in top.values
    file, value = top.table("file", {}), top.table("value", {})
    its_id = top.take("id", str, name)
    top.take("title", str, "")
    offset_from = _read(top.table("time", {}), "offset_from", _moment, None)
    patients = top.table("patients", {})
    mapping = Mapping(
        its_id,
        top.take("site", str, None),
        top.take("source", str, its_id),
        top.one_of("dates", ("calendar", "shifted"), "calendar") == "shifted",
        _read(file, "encoding", _encoding, None),
        _read(file, "delimiter", _delimiter, None),
        declared(
            _DECIMALS.get(file.one_of("decimal", tuple(_DECIMALS), None)),
            _read(file, "thousands", _thousands, None),
        ),
        _date_formats(file),
        _columns(top, offset_from, wide=has_wide) if has_columns else {},
        offset_from,
        value.texts("absent", []),
        value.take("absent_reason", str, "no value in the source"),
        tuple(
            (_read(row, "pattern", compiled), row.take("reads", str))
            for row in value.tables("from_comment", [])
        ),
        top.table("unit_spelling", {}).open(str),
        tuple(
            one
            for row in top.tables("analyte", [] if has_wide or not has_columns else ...)
            for one in _analytes(row)
        ),
        {row.take("code", str): row.take("because", str) for row in top.tables("not_taken", [])},
        tuple(_quality(row) for row in top.tables("quality", [])),
        {name: read(top.table(name)) for name, read in _PARTS.items() if name in top.values},
        _sheet(file),
        file.number("header_row", 1, 1_048_576, None),
        tuple(_skipped(file)),
        patients.take("system", str, None),
        _crosswalk(patients, folder),
        patients.take("known_only", bool, False),
        _read(file, "zone", _zone, None),
        tuple(_wide(row) for row in top.tables("wide", [])),
        _words(top, "status_spelling", STATUSES),
        _words(top, "comparator_spelling", COMPARATORS),
        _words(top, "specimen_spelling", SPECIMENS),
        _value_words(top),
    )
    _check_whole(top, mapping)
    for part in _PARTS:
        top.may_have(part)
    top.finish()
    return mapping


def _sheet(file: Table) -> str | int | None:
    """The name or number of a sheet."""
    if isinstance(file.values.get("sheet"), int):
        return int(file.number("sheet", 1, 10_000))
    name: str | None = file.take("sheet", str, None)
    return name


def _skipped(file: Table) -> list[re.Pattern[str]]:
    found = []
    for text in file.texts("skip", []):
        try:
            found.append(compiled(text))
        except (Usage, ValueError) as error:
            file.wrong(str(error), "skip")
    return found


def _read(table: Table, key: str, convert: Callable[[str], Any], default: Any = ...) -> Any:
    """A text that `convert` reads; what it refuses is a fault."""
    text = table.take(key, str, default)
    if text is default:
        return default
    try:
        return convert(text)
    except (Usage, ValueError) as error:
        table.wrong(str(error), key)
        return None


def _moment(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"offset_from is {text[:80]!r}, not a day or time like 2020-01-01T00:00") from error
    return text


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:
        raise ValueError(f"zone is {name[:80]!r}, not a zone like Europe/Brussels") from error


def _words(top: Table, key: str, words: tuple[str, ...]) -> dict[str, str]:
    """A table of spellings, each of one of the words."""
    part = top.table(key, {})
    return {spelled: part.one_of(spelled, words) for spelled in list(part.left)}


def _value_words(top: Table) -> dict[str, str]:
    part = top.table("value_spelling", {})
    found = part.open(str)
    for spelled, meant in found.items():
        if meant not in VALUE_WORDS and _number(meant) is None:
            part.wrong(
                f"{spelled} must be one of {', '.join(VALUE_WORDS)}, or a number, not {meant!r}", spelled
            )
    return found


def _number(text: str) -> object:
    try:
        return read_number(text, UNDECIDED)
    except Ambiguous:
        return text


def _crosswalk(patients: Table, folder: Path) -> dict[str, str] | None:
    """The pseudonym of each number. A fault never names a number."""
    name = patients.take("crosswalk", str, None)
    if name is None:
        return None
    try:
        text = content_of(folder / name).decode("utf-8-sig")
    except (Refused, UnicodeDecodeError) as error:
        what = "is not text in UTF-8" if isinstance(error, UnicodeDecodeError) else "cannot be opened"
        patients.wrong(f"crosswalk: {name} {what}", "crosswalk")
        return {}
    lines = text.splitlines()
    mark = max((";", "\t", ","), key=lines[0].count) if lines else ","
    rows = [[cell.strip() for cell in row] for row in csv.reader(lines, delimiter=mark)]
    names = rows[0] if rows else []
    if "number" not in names or "patient_id" not in names:
        patients.wrong(f"crosswalk: {name} needs the columns number and patient_id", "crosswalk")
        return {}
    number, pseudonym = names.index("number"), names.index("patient_id")
    found: dict[str, str] = {}
    for line, row in enumerate(rows[1:], 2):
        if not any(row):
            continue
        if len(row) <= max(number, pseudonym) or not row[number] or not row[pseudonym]:
            patients.wrong(f"crosswalk: {name}, line {line}, lacks a number or a patient_id", "crosswalk")
        elif found.setdefault(row[number], row[pseudonym]) != row[pseudonym]:
            patients.wrong(f"crosswalk: {name}, line {line}, gives a number another patient_id", "crosswalk")
    return found


def _wide(row: Table) -> WideColumn:
    analyte = row.one_of("is", tuple(measures()))
    spelling = row.table("unit_spelling", {}).open(str)
    unit = row.take("unit", str, None)
    for key, name in (("unit", unit), *(("unit_spelling", one) for one in spelling.values())):
        if name and analyte == row.values.get("is") and measures()[analyte].named(name) is None:
            row.wrong(f"{name!r} is not a known unit of {analyte}", key)
    return WideColumn(
        row.take("column", str),
        analyte,
        unit,
        row.take("unit_column", str, None),
        spelling,
        row.take("comparator_column", str, None),
        row.take("quality_column", str, None),
        _specimen(row),
        row.one_or_several("observed_at") if "observed_at" in row.values else (),
        row.number("plus_days", -36_500, 36_500, 0),
    )


def _check_whole(top: Table, mapping: Mapping) -> None:
    """What only the keys together show."""
    columns = mapping.columns
    if any(rule.of_specimen for rule in mapping.qualities) and columns and "specimen_id" not in columns:
        top.wrong(
            'a quality rule with scope = "specimen" needs columns.specimen_id: name it, or write scope = "row"',
            "quality",
        )
    if mapping.wide and mapping.analytes:
        top.wrong("[[wide]] stands in place of [[analyte]]: keep one of the two", "wide")
    if mapping.wide and mapping.qualities:
        top.wrong("[[quality]] belongs to rows with a code; a [[wide]] column has quality_column", "quality")
    twice = [code for code, times in Counter(one.code for one in mapping.analytes).items() if times > 1] + [
        one.code for one in mapping.analytes if one.code in mapping.not_taken
    ]
    for code in dict.fromkeys(twice):
        top.wrong(f"the code {code} is given twice", "analyte")
    for column, times in Counter((one.column, one.analyte, one.plus_days) for one in mapping.wide).items():
        if times > 1:
            top.wrong(f"the column {column[0]} is given twice", "wide")
    file = top.values.get("file")
    thousands = file.get("thousands") if isinstance(file, dict) else None
    if isinstance(thousands, str) and isinstance(file, dict):
        decimal = _DECIMALS.get(str(file.get("decimal")))
        if decimal is not None and decimal == _MARKS_BY_WORD.get(thousands, thousands):
            top.wrong("decimal and thousands are the same mark", "file")


def _columns(top: Table, offset_from: str | None, *, wide: bool) -> dict[str, Any]:
    columns = top.table("columns")
    found: dict[str, Any] = {"patient_id": columns.one_or_several("patient_id")}
    for key in ("observation_id", "observed_at"):
        found[key] = columns.one_or_several(key) if key in columns.values else ()
        columns.may_have(key)
    for key in ("patient_id", "observation_id", "observed_at"):
        if columns.values.get(key) in ("", []):
            columns.wrong(f"{key} names no column", key)
    if not found["patient_id"] and "patient_id" not in columns.values:
        found["patient_id"] = ()
    for key in _COLUMNS:
        needed = key in ("code", "value") and not wide
        found[key] = columns.take(key, str, ... if needed else None)
        if columns.values.get(key) == "":
            columns.wrong(f"{key} names no column", key)
        if wide and key in ("code", "value", "unit", "value_number", "comparator") and found[key]:
            columns.wrong(f"{key} has no place beside [[wide]]", key)
    if not found["observed_at"] and not (found["offset_minutes"] and offset_from):
        columns.wrong(
            "observed_at is missing, or offset_minutes with offset_from under [time]", "offset_minutes"
        )
    return {key: column for key, column in found.items() if column}


def _date_formats(file: Table) -> tuple[str, ...]:
    """The formats of days, and those that a declared order stands for."""
    formats = file.texts("date_formats", [])
    for one in formats:
        try:
            check_formats([one])
        except Usage as error:
            file.wrong(str(error), "date_formats")
    return tuple(dict.fromkeys([*formats, *(_read(file, "date_order", formats_of, ()) or ())]))


def _encoding(word: str) -> str:
    try:
        name = codecs.lookup(word).name
    except (LookupError, ValueError) as error:
        raise ValueError(f"{word[:80]!r} is not a text encoding") from error
    if name in _NO_TEXT or not name.isascii():
        raise ValueError(f"{word[:80]!r} is not a text encoding")
    return word


def _delimiter(sign: str) -> str:
    sign = _DELIMITERS.get(sign, sign)
    if len(sign) != 1 or not sign.isascii() or sign in '"\r\n\0':
        raise ValueError(f"delimiter is {sign!r}, not one character between columns")
    return sign


def _thousands(mark: str) -> str:
    mark = _MARKS_BY_WORD.get(mark, mark)
    if mark not in (*_DECIMALS.values(), "", *SPACES):
        raise ValueError(f"thousands is {mark!r}, not a point, a comma, a space, an apostrophe or nothing")
    return mark


def _specimen(row: Table) -> str | None:
    return row.one_of("specimen", SPECIMENS, None)


def _analytes(row: Table) -> list[CodedAnalyte]:
    """One entry for each code that is the analyte."""
    analyte = row.one_of("is", tuple(measures()))
    units = {key: row.take(key, str, None) for key in ("unit", "default_unit")}
    for key, unit in units.items():
        if unit and analyte == row.values.get("is") and measures()[analyte].named(unit) is None:
            row.wrong(f"{unit!r} is not a known unit of {analyte}", key)
    codes = (
        [code.strip() for code in row.one_or_several("code")]
        if "code" in row.values
        else [row.take("code", str)]
    )
    if row.values.get("code") == [] or ("" in codes and isinstance(row.values.get("code"), (str, list))):
        row.wrong("code is empty", "code")
    specimen = _specimen(row)
    return [CodedAnalyte(code, analyte, **units, specimen=specimen) for code in codes]


def _quality(row: Table) -> QualityRule:
    return QualityRule(
        row.one_of("is", QUALITIES),
        row.take("column", str),
        _read(row, "pattern", compiled),
        frozenset(row.texts("codes")),
        frozenset(row.some_of("applies_to", tuple(measures()))),
        row.one_of("scope", ("row", "specimen"), "specimen") == "specimen",
    )


def _transfusions(part: Table) -> dict[str, Any]:
    return {
        **{key: part.one_or_several(key) for key in ("patient_id", "transfusion_id")},
        **{key: part.take(key, str) for key in ("given_at", "product")},
        "reason": part.take("reason", str, None),
        "products": part.table("products").open(str),
    }


def _prescriptions(part: Table) -> dict[str, Any]:
    texts = ("started_at", "stopped_at", "agent", "dose", "dose_unit", "doses_a_day", "route")
    return {
        **{key: part.one_or_several(key) for key in ("patient_id", "prescription_id")},
        "systemic_routes": part.texts("systemic_routes"),
        **{key: part.take(key, str) for key in texts},
    }


def _episode(part: Table) -> dict[str, Any]:
    return {
        "disease": part.one_of("disease", LINEAGES),
        "platelets_below": part.decimal("platelets_below"),
        "near_days": part.number("near_days", 0, 36_500),
        "cause": part.take("cause", str),
    }


def _redcap(part: Table) -> dict[str, Any]:
    return {"dictionary": part.take("dictionary", str, None)}


_PARTS: dict[str, Callable[[Table], dict[str, Any]]] = {
    "redcap": _redcap,
    "transfusions": _transfusions,
    "prescriptions": _prescriptions,
    "episode": _episode,
}
