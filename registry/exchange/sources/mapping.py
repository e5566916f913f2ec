"""A mapping says in TOML how a laboratory's own file is read: columns, codes, units, marks, dates, comments.

Nothing that the mapping does not say is guessed, and every fault in it is reported at once with its line.
"""

import codecs
import re
from collections.abc import Callable
from collections.abc import Mapping as Words
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adjudication.agents import LINEAGES
from adjudication.toml_table import Table, Unfit, tables_of
from registry.errors import Refused, Usage
from registry.exchange.sources.days import check_formats, formats_of
from registry.exchange.sources.opening import content_of
from registry.exchange.sources.pattern import compiled
from registry.record.numbers import SPACES, Marks, declared
from registry.record.units import QUALITIES, measures

FOLDER = Path(__file__).parent / "mappings"
_COLUMNS = (
    *("observed_at", "offset_minutes", "code", "value", "value_number", "unit", "specimen_id", "specimen"),
    *("lower_limit", "upper_limit", "comment", "site"),
)
"""Columns that a mapping names one each; `patient_id` and `observation_id` may be several, joined."""
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
    encoding: str
    delimiter: str
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

    @property
    def value_columns(self) -> tuple[str, ...]:
        """The columns of which one must be filled in a row of results."""
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
        top = tables_of(path.name, content_of(path, most=MOST_BYTES).decode("utf-8-sig"))
        return _mapping(path.stem, top, has_columns or "columns" in top.values)
    except (Refused, Unfit) as error:
        raise Usage(str(error)) from error
    except UnicodeDecodeError as error:
        raise Usage(f"{path.name} is not text in UTF-8: {error}.") from error


def _mapping(name: str, top: Table, has_columns: bool) -> Mapping:
    """Raises Unfit with every fault."""
    file, value = top.table("file", {}), top.table("value", {})
    its_id = top.take("id", str, name)
    top.take("title", str, "")
    offset_from = top.table("time", {}).take("offset_from", str, None)
    mapping = Mapping(
        its_id,
        top.take("site", str, None),
        top.take("source", str, its_id),
        top.one_of("dates", ("calendar", "shifted"), "calendar") == "shifted",
        _read(file, "encoding", _encoding, "utf-8"),
        _read(file, "delimiter", _delimiter, ","),
        declared(
            _DECIMALS.get(file.one_of("decimal", tuple(_DECIMALS), None)),
            _read(file, "thousands", _thousands, None),
        ),
        _date_formats(file),
        _columns(top, offset_from) if has_columns else {},
        offset_from,
        value.texts("absent", []),
        value.take("absent_reason", str, "no value in the source"),
        tuple(
            (_read(row, "pattern", compiled), row.take("reads", str))
            for row in value.tables("from_comment", [])
        ),
        top.table("unit_spelling", {}).open(str),
        tuple(_analyte(row) for row in top.tables("analyte")),
        {row.take("code", str): row.take("because", str) for row in top.tables("not_taken", [])},
        tuple(_quality(row) for row in top.tables("quality", [])),
        {name: read(top.table(name)) for name, read in _PARTS.items() if name in top.values},
        _sheet(file),
        file.number("header_row", 1, 1_048_576, None),
        tuple(_skipped(file)),
        top.table("patients", {}).take("system", str, None),
    )
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


def _columns(top: Table, offset_from: str | None) -> dict[str, Any]:
    columns = top.table("columns")
    found: dict[str, Any] = {key: columns.one_or_several(key) for key in ("patient_id", "observation_id")}
    for key in _COLUMNS:
        found[key] = columns.take(key, str, ... if key in ("code", "value") else None)
    if not found["observed_at"] and not (found["offset_minutes"] and offset_from):
        columns.wrong(
            "observed_at is missing, or offset_minutes with offset_from under [time]", "offset_minutes"
        )
    return {key: column for key, column in found.items() if column is not None}


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
    if len(sign) != 1 or not sign.isascii() or sign in '"\r\n\0':
        raise ValueError(f"delimiter is {sign!r}, not one character between columns")
    return sign


def _thousands(mark: str) -> str:
    if mark not in (*_DECIMALS.values(), "", *SPACES):
        raise ValueError(f"thousands is {mark!r}, not a point, a comma, a space, an apostrophe or nothing")
    return mark


def _analyte(row: Table) -> CodedAnalyte:
    analyte = row.one_of("is", tuple(measures()))
    units = {key: row.take(key, str, None) for key in ("unit", "default_unit")}
    for key, unit in units.items():
        if unit and analyte == row.values.get("is") and measures()[analyte].named(unit) is None:
            row.wrong(f"{unit!r} is not a known unit of {analyte}", key)
    return CodedAnalyte(row.take("code", str), analyte, **units, specimen=row.take("specimen", str, None))


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
