"""OMOP CDM 5.4 as a table of results, one row a row of MEASUREMENT, and a table of its persons.

A folder or .zip of CSV or Parquet files, names in any case. NULL and \\N are empty. CONCEPT, where it is there, names
concepts that the registry does not know by itself.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc

from registry.errors import Refused
from registry.exchange.sources import TextTable
from registry.exchange.sources.cells import CellTable
from registry.exchange.sources.codes import chosen, published_codes
from registry.exchange.sources.opening import content_of, files_of, refused
from registry.exchange.sources.parquet import read_parquet
from registry.exchange.sources.standard import PATIENT_COLUMNS, RESULT_COLUMNS, result, typed_number
from registry.exchange.sources.text import read_csv, without_rows

TABLES = ("measurement", "person", "death", "concept")
ENDINGS = (".csv", ".parquet")
MOST_ROWS = 1_000_000
"""Of more rows only those of tests that are known or mapped are given; the others are counted in a note."""
_EMPTY = ("NULL", "null", "Null", "\\N", "NaN", "nan", "None")
_NEEDED = {
    "measurement": ("measurement_id", "person_id", "measurement_concept_id", "measurement_date"),
    "person": ("person_id",),
    "death": ("person_id", "death_date"),
    "concept": ("concept_id", "concept_code", "vocabulary_id"),
}
_ID = re.compile(r"(\d+)\.0+")
_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_SIGN = re.compile(r"<=|>=|[<>=≤≥]")
_MIDNIGHT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ]00:00(?::00(?:\.0+)?)?")
Row = Mapping[str, str]


def holds(names: Collection[str]) -> bool:
    """Whether a folder with files of these names is an OMOP one."""
    return any(_table_of(name) == "measurement" for name in names)


def read(path: Path, *, mapped: Collection[str] = ()) -> tuple[CellTable, CellTable]:
    """The results and the persons of a folder or .zip. `mapped` are the codes that the mapping names.

    Raises Refused with every table that cannot be read, or without MEASUREMENT.
    """
    tables: dict[str, TextTable] = {}
    for name, content in _files(path):
        table = _table_of(name)
        if table is None:
            continue
        if table in tables:
            raise refused(path.name, "each table once", "Keep the right one.", value=name[:80])
        tables[table] = _table(table, name, content())
    if "measurement" not in tables:
        remedy = "Give the folder with MEASUREMENT as CSV or Parquet."
        raise refused(path.name, "an OMOP folder with MEASUREMENT", remedy)
    concepts = _concepts(tables.get("concept"))
    results = _results(tables["measurement"], concepts, frozenset(mapped))
    return results, CellTable(
        f"{path.name} (persons)", PATIENT_COLUMNS, tuple(_persons(tables.get("person"), tables.get("death")))
    )


def _table_of(name: str) -> str | None:
    place = PurePosixPath(name.casefold())
    return place.stem if place.suffix in ENDINGS and place.stem in TABLES else None


def _files(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """(name, content) of the files; in a folder only those are opened that are read."""
    if not path.is_dir():
        for name, data in files_of(path):
            yield name, lambda data=data: data  # type: ignore[misc]
        return
    inside = path.resolve()
    for entry in sorted(path.iterdir()):
        if _table_of(entry.name) and not entry.resolve().is_relative_to(inside):
            raise refused(entry.name, "a file of this folder", "It is a link. Copy the file itself here.")
        yield entry.name, lambda entry=entry: content_of(entry)  # type: ignore[misc]


def _table(table: str, name: str, data: bytes) -> TextTable:
    """The columns that are read, named in small letters, empty cells None."""
    if name.casefold().endswith(".parquet"):
        raw = read_parquet(data, name)
    else:
        raw = read_csv(data, name, delimiter=_delimiter(data))
    if raw.malformed:
        raise Refused(f"{name} cannot be read: {raw.malformed[0]}", raw.malformed)
    names = [column.strip().casefold() for column in raw.texts.column_names]
    if missing := [column for column in _NEEDED[table] if column not in names]:
        raise refused(
            name, f"the columns of {table.upper()} in OMOP CDM 5.4", f"Missing: {', '.join(missing)}."
        )
    if len(set(names)) < len(names):
        raise refused(name, "each column once", "Remove the second one.")
    nothing = pa.scalar(None, pa.string())
    columns = []
    for column in raw.texts.columns:
        empty = pc.is_in(pc.utf8_trim_whitespace(column), value_set=pa.array([*_EMPTY, ""]))
        columns.append(pc.if_else(empty, nothing, column))
    return TextTable(pa.table(columns, names=names), raw.file, raw.sha256, raw.row_numbers)


def _delimiter(data: bytes) -> str:
    header = data[:10_000].split(b"\n")[0].decode("utf-8", "replace")
    return max(",\t;|", key=header.count)


def _id(text: str) -> str:
    """A number of a record or concept; `8848.0`, as some programs write it, is 8848, and 0 is none."""
    found = _ID.fullmatch(text)
    number = found[1] if found else text
    return "" if number == "0" else number


def _rows(table: TextTable) -> Iterator[tuple[int, dict[str, str]]]:
    numbers = table.row_numbers
    for at, row in enumerate(_dicts(table.texts)):
        yield (at + 1 if numbers is None else int(numbers[at])) + 1, row


def _dicts(texts: pa.Table) -> Iterator[dict[str, str]]:
    for batch in texts.to_batches(max_chunksize=50_000):
        columns = [column.fill_null("").to_pylist() for column in batch.columns]
        for cells in zip(*columns, strict=True):
            yield dict(zip(texts.column_names, map(str.strip, cells), strict=True))


def _concepts(table: TextTable | None) -> dict[str, tuple[str, str]]:
    """Vocabulary and code of each concept of LOINC and UCUM that the folder names."""
    if table is None:
        return {}
    wanted = pc.is_in(table.texts["vocabulary_id"], value_set=pa.array(["LOINC", "UCUM"]))
    rows = _dicts(table.texts.filter(wanted))
    return {_id(row["concept_id"]): (row["vocabulary_id"], row["concept_code"]) for row in rows}


def _results(table: TextTable, concepts: Mapping[str, tuple[str, str]], mapped: frozenset[str]) -> CellTable:
    notes = []
    if table.texts.num_rows > MOST_ROWS:
        before = table.texts.num_rows
        table = without_rows(table, _concerned(table.texts, concepts, mapped))
        notes.append(f"{before - table.texts.num_rows:,} rows of tests that are not mapped were left out.")
    rows = tuple((line, _result(row, concepts, mapped)) for line, row in _rows(table))
    return CellTable(table.file, RESULT_COLUMNS, rows, tuple(notes))


def _concerned(
    texts: pa.Table, concepts: Mapping[str, tuple[str, str]], mapped: frozenset[str]
) -> pa.ChunkedArray:
    """The rows whose test is known, or named by the mapping."""
    known = published_codes()
    named = {concept for concept, (_, code) in concepts.items() if code in known.loinc}
    wanted = pa.array(sorted({*known.omop, *known.loinc, *named, *mapped}), pa.string())
    found = pc.is_in(texts["measurement_concept_id"], value_set=wanted)
    for column in ("measurement_source_value", "measurement_source_concept_id"):
        if column in texts.column_names:
            found = pc.or_(found, pc.is_in(texts[column], value_set=wanted))
    return found


def _result(row: Row, concepts: Mapping[str, tuple[str, str]], mapped: frozenset[str]) -> tuple[str, ...]:
    code, analyte = _test(row, concepts, mapped)
    value, number, sign = _value(row)
    moment = row.get("measurement_datetime") or row["measurement_date"]
    midnight = _MIDNIGHT.fullmatch(moment)
    return result(
        patient_id=_number(row["person_id"]),
        observation_id=_number(row["measurement_id"]),
        observed_at=midnight[1] if midnight else moment,
        code=code,
        value=value,
        value_number=number,
        comparator=sign,
        unit=_unit(row, concepts),
        lower_limit=typed_number(row.get("range_low", "")),
        upper_limit=typed_number(row.get("range_high", "")),
        analyte=analyte,
    )


def _number(text: str) -> str:
    """The number of a person or row; here 0 is a number too."""
    found = _ID.fullmatch(text)
    return found[1] if found else text


def _test(row: Row, concepts: Mapping[str, tuple[str, str]], mapped: frozenset[str]) -> tuple[str, str]:
    """The code of the test, and its analyte where it is known without the mapping."""
    known = published_codes()
    source = row.get("measurement_source_value", "")
    own = [_id(row["measurement_concept_id"]), _id(row.get("measurement_source_concept_id", ""))]
    for concept in own:
        if concept in mapped:
            return concept, ""
        if concept in known.omop:
            return concept, known.omop[concept]
        if (code := concepts.get(concept, ("", ""))[1]) in known.loinc:
            return code, known.loinc[code]
        if concept and concept == own[0]:
            # A test that has a concept is that test, whatever the source called it, unless the mapping knows better.
            return (source, "") if source in mapped else (concept, "")
    return chosen([(source, "")], mapped)


def _value(row: Row) -> tuple[str, str, str]:
    """(value as the source wrote it, number, sign): a plain source value adds nothing to the number, words do."""
    known = published_codes()
    operator = _id(row.get("operator_concept_id", ""))
    sign = known.omop_operators.get(operator, operator)
    sign = "" if sign == "=" else sign
    number, source = typed_number(row.get("value_as_number", "")), row.get("value_source_value", "")
    if not number:
        return source, "", sign
    if not source or _PLAIN.fullmatch(source):
        return number, "", sign
    rest = _SIGN.sub("", source).strip()
    if _SIGN.match(source) and _PLAIN.fullmatch(rest):
        return number, "", sign or _SIGN.findall(source)[0]
    return source, number, sign


def _unit(row: Row, concepts: Mapping[str, tuple[str, str]]) -> str:
    """The unit of the concept, else the source's text, else the concept itself, which nobody knows."""
    concept = _id(row.get("unit_concept_id", ""))
    vocabulary, code = concepts.get(concept, ("", ""))
    named = published_codes().omop_units.get(concept) or (code if vocabulary == "UCUM" else "")
    return named or row.get("unit_source_value", "") or (f"concept {concept}" if concept else "")


def _persons(person: TextTable | None, death: TextTable | None) -> Iterator[tuple[int, tuple[str, ...]]]:
    died = {_number(row["person_id"]): row["death_date"][:10] for _, row in _rows(death)} if death else {}
    if person is None:
        yield from ((at, (one, "", "", day)) for at, (one, day) in enumerate(sorted(died.items()), 1))
        return
    sexes = published_codes().omop_sexes
    for line, row in _rows(person):
        patient = _number(row["person_id"])
        sex = sexes.get(_id(row.get("gender_concept_id", "")), "")
        yield line, (patient, sex, _born(row), died.get(patient) or row.get("death_datetime", "")[:10])


def _born(row: Row) -> str:
    """The day of birth where all three parts of it are recorded."""
    parts = [row.get(f"{part}_of_birth", "").removesuffix(".0") for part in ("year", "month", "day")]
    if not all(part.isdigit() for part in parts):
        return ""
    return f"{int(parts[0]):04}-{int(parts[1]):02}-{int(parts[2]):02}"
