"""A mapping says in TOML how a laboratory's own file is read: columns, codes, units, marks, dates, comments.

Nothing that the mapping does not say is guessed, and a key that it cannot have is refused by name.
"""

import codecs
import re
from collections.abc import Mapping as Table
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adjudication.toml_text import read_toml
from registry.errors import Refused, Usage
from registry.exchange.sources.days import check_formats, formats_of
from registry.exchange.sources.opening import content_of
from registry.exchange.sources.pattern import compiled
from registry.record.fields import nearest
from registry.record.numbers import SPACES, Marks, declared
from registry.record.units import QUALITIES, measures

FOLDER = Path(__file__).parent / "mappings"
_KEYS = {
    "": "id title site source dates file columns time value unit_spelling analyte not_taken quality "
    "transfusions prescriptions episode",
    "file": "encoding delimiter decimal thousands date_formats date_order",
    "columns": "patient_id observation_id observed_at offset_minutes code value value_number unit "
    "specimen_id specimen lower_limit upper_limit comment site",
    "time": "offset_from",
    "value": "absent absent_reason from_comment",
    "analyte": "code is unit default_unit specimen",
    "not_taken": "code because",
    "quality": "is column pattern codes applies_to scope",
}
_SHAPE = {part: frozenset(keys.split()) for part, keys in _KEYS.items()}
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
    columns: Table[str, Any]
    offset_from: str | None
    absent: tuple[str, ...]
    absent_reason: str
    from_comment: tuple[tuple[re.Pattern[str], str], ...]
    unit_spelling: Table[str, str]
    analytes: tuple[CodedAnalyte, ...]
    not_taken: Table[str, str]
    qualities: tuple[QualityRule, ...]
    sections: Table[str, Any] = field(default_factory=dict)
    """The parts for transfusions, prescriptions and episodes, as written."""

    def section(self, name: str) -> Table[str, Any]:
        """One of the further parts. Raises Usage if the mapping has none."""
        if name not in self.sections:
            raise Usage(f"The mapping {self.name} has no part [{name}].")
        found: Table[str, Any] = self.sections[name]
        return found


def built_in() -> list[str]:
    """The names of the mappings that come with the registry."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_mapping(name: Path | str) -> Mapping:
    """The mapping in a TOML file, or a built-in one by its name. Raises Usage with what is wrong in it."""
    path = FOLDER / f"{name}.toml" if str(name) in built_in() else Path(name)
    if not path.is_file():
        raise Usage(f"There is no mapping {name}. Built in: {', '.join(built_in())}; or give a TOML file.")
    try:
        table = read_toml(content_of(path, most=MOST_BYTES).decode("utf-8-sig"))
    except Refused as error:
        raise Usage(str(error)) from error
    except ValueError as error:  # NotToml, or of UTF-8
        raise Usage(f"{path.name} is not TOML in UTF-8: {error}.") from error
    _check_keys(path.name, "", table)
    try:
        return _mapping(path.stem, table)
    except KeyError as error:
        raise Usage(f"{path.name} says nothing about {error.args[0]}, which is needed.") from error
    except Usage as error:
        raise Usage(f"{path.name}: {error}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise Usage(f"{path.name} cannot be used: {error}.") from error


def _check_keys(file: str, part: str, table: Table[str, Any]) -> None:
    known = _SHAPE[part]
    for key, value in table.items():
        if key not in known:
            meant = nearest(key, sorted(known))
            hint = f" Did you mean {meant}?" if meant else f" There are: {', '.join(sorted(known))}."
            raise Usage(f"{file}: {f'[{part}] ' if part else ''}{key} is not known.{hint}")
        if not part and key in _SHAPE:
            for one in value if isinstance(value, list) else [value]:
                if not isinstance(one, dict):
                    raise Usage(f"{file}: {key} is a part with keys of its own, under the line [{key}].")
                _check_keys(file, key, one)


def _mapping(name: str, table: Table[str, Any]) -> Mapping:
    file = table.get("file", {})
    value = table.get("value", {})
    columns = table["columns"]
    for needed in ("patient_id", "observation_id", "code", "value"):
        columns[needed]
    if "observed_at" not in columns and not ("offset_minutes" in columns and "time" in table):
        raise KeyError("observed_at")
    dates = table.get("dates", "calendar")
    if dates not in ("calendar", "shifted"):
        raise ValueError(f"dates is {dates!r}, not calendar or shifted")
    return Mapping(
        table.get("id", name),
        table.get("site"),
        table.get("source", table.get("id", name)),
        dates == "shifted",
        _encoding(file.get("encoding", "utf-8")),
        _delimiter(file.get("delimiter", ",")),
        declared(_decimal(file.get("decimal")), _thousands(file.get("thousands"))),
        _date_formats(file),
        columns,
        table.get("time", {}).get("offset_from"),
        tuple(value.get("absent", ())),
        value.get("absent_reason", "no value in the source"),
        tuple((compiled(one["pattern"]), one["reads"]) for one in value.get("from_comment", ())),
        table.get("unit_spelling", {}),
        tuple(_analyte(row) for row in table["analyte"]),
        {row["code"]: row["because"] for row in table.get("not_taken", ())},
        tuple(_quality(row) for row in table.get("quality", ())),
        {part: table[part] for part in ("transfusions", "prescriptions", "episode") if part in table},
    )


def _date_formats(file: Table[str, Any]) -> tuple[str, ...]:
    """The formats of days, and those that a declared order stands for."""
    formats = file.get("date_formats", ())
    if isinstance(formats, str):
        raise ValueError(f"date_formats is {formats!r}, not a list")
    check_formats(formats)
    if "date_order" not in file:
        return tuple(formats)
    return tuple(dict.fromkeys([*formats, *formats_of(file["date_order"])]))


def _encoding(word: str) -> str:
    try:
        name = codecs.lookup(word).name
    except (LookupError, ValueError) as error:
        raise ValueError(f"{word[:80]!r} is no encoding of text") from error
    if name in _NO_TEXT or not name.isascii():
        raise ValueError(f"{word[:80]!r} is no encoding of text")
    return word


def _delimiter(sign: str) -> str:
    if not isinstance(sign, str) or len(sign) != 1 or not sign.isascii() or sign in '"\r\n\0':
        raise ValueError(f"delimiter is {sign!r}, not one character between columns")
    return sign


def _decimal(word: str | None) -> str | None:
    if word is None:
        return None
    if word not in _DECIMALS:
        raise ValueError(f"decimal is {word!r}, not point or comma")
    return _DECIMALS[word]


def _thousands(mark: str | None) -> str | None:
    if mark is not None and mark not in (*_DECIMALS.values(), "", *SPACES):
        raise ValueError(f"thousands is {mark!r}, not a point, a comma, a space, an apostrophe or nothing")
    return mark


def _known(kind: str, word: str, words: Sequence[str]) -> str:
    if word not in words:
        raise ValueError(f"{word!r} is no {kind}; there are {', '.join(words)}")
    return word


def _analyte(row: Table[str, str]) -> CodedAnalyte:
    analyte = _known("analyte", row["is"], list(measures()))
    for unit in (row.get("unit"), row.get("default_unit")):
        if unit and measures()[analyte].named(unit) is None:
            raise ValueError(f"{unit!r} is no known unit of {analyte}")
    return CodedAnalyte(row["code"], analyte, row.get("unit"), row.get("default_unit"), row.get("specimen"))


def _quality(row: Table[str, Any]) -> QualityRule:
    return QualityRule(
        _known("quality", row["is"], QUALITIES),
        row["column"],
        compiled(row["pattern"]),
        frozenset(row["codes"]),
        frozenset(_known("analyte", one, list(measures())) for one in row["applies_to"]),
        _known("scope", row.get("scope", "specimen"), ("row", "specimen")) == "specimen",
    )
