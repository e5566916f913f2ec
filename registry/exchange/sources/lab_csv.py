"""Any laboratory's CSV through a mapping: patients and observations as text, ready for intake.

Every row of the file is given as an observation, or counted in `left_out` with its reason, so that the counts
of the import add up to the rows of the file.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from adjudication.toml_table import nearest
from registry.errors import Problem, Refused, Usage
from registry.exchange.sources import TextTable
from registry.exchange.sources.days import reader, unreadable
from registry.exchange.sources.mapping import Mapping, QualityRule, built_in, load_mapping
from registry.exchange.sources.opening import content_of
from registry.exchange.sources.pattern import matches, searched
from registry.exchange.sources.text import read_csv, without_rows
from registry.record.cells import quality_said
from registry.record.numbers import Marks
from registry.visible import visible

__all__ = ["Laboratory", "built_in", "load_mapping", "read", "read_table"]

PLATELETS, CLUMPED = "platelets", "clumped"
CODES_NAMED = 10
DAYS_NAMED = 500


@dataclass(frozen=True)
class Laboratory:
    """What a laboratory's file gives: tables of text by name, and how intake has to read them."""

    tables: dict[str, TextTable]
    notes: list[str]
    marks: Marks | None
    dates_are_shifted: bool


def read(path: Path, mapping: Mapping) -> Laboratory:
    """Read the file at `path`. Raises Refused if it is not what the mapping says."""
    if not path.is_file():
        raise Usage(f"{path} is not a file.")
    return of_table(read_table(path, mapping, columns_named(mapping)), mapping)


def of_table(raw: TextTable, mapping: Mapping) -> Laboratory:
    """The same of a table that was read from another format and has every column that the mapping names."""
    raw = _readable(raw, mapping)
    left_out, kept = _taken(raw, mapping)
    observations = _observations(raw, kept, mapping)
    observation = replace(observations, file=visible(raw.file), left_out=left_out)
    patient = _patients(raw, kept, mapping)
    notes = [f"{raw.file} was read through the mapping {mapping.name}."]
    if mapping.dates_are_shifted:
        notes.append("Its dates are shifted for de-identification, so dates in the future are accepted.")
    return Laboratory(
        {"patient": patient, "observation": observation}, notes, mapping.marks, mapping.dates_are_shifted
    )


def read_table(path: Path, mapping: Mapping, columns: list[str]) -> TextTable:
    """A CSV file in the dialect of the mapping. Raises Refused if one of `columns` is missing."""
    raw = read_csv(
        content_of(path), visible(path.name), delimiter=mapping.delimiter, encoding=mapping.encoding
    )
    missing = [column for column in columns if column not in raw.texts.column_names]
    if missing:
        problems = []
        for column in missing:
            meant = nearest(column, raw.texts.column_names)
            remedy = f"Did you mean {meant}? " if meant else ""
            problems.append(
                Problem(
                    path.name,
                    None,
                    column,
                    None,
                    "the column, which the mapping names",
                    f"{remedy}Correct the mapping.",
                )
            )
        raise Refused(
            f"{path.name} lacks {', '.join(missing)}, which the mapping {mapping.name} names.", problems
        )
    return raw


def joined(raw: TextTable, columns: list[str] | str) -> pa.ChunkedArray:
    """One text of several columns, joined by `/`; None where one of them is empty."""
    names = [columns] if isinstance(columns, str) else columns
    return pc.binary_join_element_wise(*(raw.texts[name] for name in names), "/")


def through(column: pa.ChunkedArray, change: Callable[[str], str | None]) -> pa.ChunkedArray:
    """A function of text, applied once to every distinct text."""
    encoded = column.combine_chunks().dictionary_encode()
    words = pa.array([change(word) for word in encoded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([words.take(encoded.indices)])


def day_reader(raw: TextTable, columns: list[str], mapping: Mapping) -> Callable[[str], str | None]:
    """A function that writes a day of this file as ISO, None where no format of the mapping fits it.

    All days of the file, in all of `columns`, decide together in which order day and month stand. Raises Refused.
    """
    texts = [raw.texts[column] for column in columns]

    def where(text: str) -> str:
        for name, column in zip(columns, texts, strict=True):
            place = pc.index(column, pa.scalar(text, pa.string())).as_py()
            if place >= 0:
                return f"{Problem(raw.file, _row(raw, place), name, None, '', '').place} ({text})"
        return text

    distinct = [text for column in texts for text in pc.unique(column).to_pylist() if text is not None]
    return reader(mapping.date_formats, distinct, where, raw.file)


def _row(raw: TextTable, place: int) -> int:
    """The row of the file at a place of the table."""
    return place + 1 if raw.row_numbers is None else int(raw.row_numbers[place])


def _readable(raw: TextTable, mapping: Mapping) -> TextTable:
    """The file with its days as ISO, and the rows whose day no format fits among those that cannot be read."""
    column = mapping.columns.get("observed_at")
    if column is None:
        return raw
    days = through(raw.texts[column], day_reader(raw, [column], mapping))
    unread = pc.and_(pc.is_valid(raw.texts[column]), pc.is_null(days))
    places = np.flatnonzero(unread.to_numpy())[:DAYS_NAMED]
    problems = []
    for place in places.tolist():
        text = raw.texts[column][place].as_py()
        expected, remedy = unreadable(text, mapping.date_formats)
        problems.append(Problem(raw.file, _row(raw, place), column, text, expected, remedy))
    # What is not named here keeps its text, for intake to refuse.
    days = pc.coalesce(days, raw.texts[column])
    iso = replace(raw, texts=raw.texts.set_column(raw.texts.column_names.index(column), column, days))
    if not problems:
        return iso
    numbered = (
        iso if iso.row_numbers is not None else replace(iso, row_numbers=np.arange(1, raw.texts.num_rows + 1))
    )
    keep = np.ones(raw.texts.num_rows, bool)
    keep[places] = False
    return replace(without_rows(numbered, pa.array(keep)), malformed=(*raw.malformed, *problems))


def columns_named(mapping: Mapping) -> list[str]:
    """Every column of the file that the mapping names."""
    names: list[str] = []
    for value in mapping.columns.values():
        names += [value] if isinstance(value, str) else value
    return list(dict.fromkeys([*names, *(rule.column for rule in mapping.qualities)]))


def _taken(raw: TextTable, mapping: Mapping) -> tuple[dict[str, int], pa.ChunkedArray]:
    """Rows left out by reason, and the mask of rows whose code is mapped."""
    codes = raw.texts[mapping.columns["code"]]
    kept = pc.fill_null(pc.is_in(codes, value_set=pa.array([one.code for one in mapping.analytes])), False)
    left: Counter[str] = Counter()
    unknown: dict[str, int] = {}
    for one in pc.value_counts(codes.filter(pc.invert(kept))).to_pylist():
        code, count = one["values"], one["counts"]
        if code in mapping.not_taken:
            left[f"not mapped: {code}, {mapping.not_taken[code]}"] += count
        else:
            unknown[str(code or "without a code")] = count
    if unknown:
        named = ", ".join(sorted(unknown)[:CODES_NAMED]) + (" …" if len(unknown) > CODES_NAMED else "")
        left[f"not mapped: {named}"] = sum(unknown.values())
    return dict(left), kept


def _observations(raw: TextTable, kept: pa.ChunkedArray, mapping: Mapping) -> TextTable:
    by_code = {one.code: one for one in mapping.analytes}
    columns = mapping.columns
    qualities = _qualities(raw, mapping)
    rows = without_rows(
        replace(raw, texts=raw.texts.append_column("quality of this import", qualities)), kept
    )
    codes = rows.texts[columns["code"]]
    analyte = through(codes, lambda code: by_code[code].analyte)
    value, missing_reason = _values(rows, mapping)
    found = {
        "patient_id": joined(rows, columns["patient_id"]),
        "observation_id": joined(rows, columns["observation_id"]),
        "observed_at": _moments(rows, mapping),
        "analyte": analyte,
        "value": value,
        "unit": _units(rows, mapping, codes),
        "missing_reason": missing_reason,
        "quality": rows.texts["quality of this import"],
        "specimen": _or(rows, columns.get("specimen"), through(codes, lambda code: by_code[code].specimen)),
        "source": pa.chunked_array([pa.array([mapping.source] * len(codes), pa.string())]),
    }
    for name in ("specimen_id", "lower_limit", "upper_limit"):
        if name in columns:
            found[name] = rows.texts[columns[name]]
    return replace(rows, texts=pa.table(found))


def _or(rows: TextTable, column: str | None, otherwise: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.coalesce(rows.texts[column], otherwise) if column else otherwise


def _values(rows: TextTable, mapping: Mapping) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """The value, else the number beside it, else what the comment says; and why there is none."""
    nothing = pa.scalar(None, pa.string())
    absent = pa.array(mapping.absent, pa.string())
    value = rows.texts[mapping.columns["value"]]
    value = pc.if_else(pc.is_in(value, value_set=absent), nothing, value)
    if "value_number" in mapping.columns:
        value = pc.coalesce(value, rows.texts[mapping.columns["value_number"]])
    reason = pa.scalar(mapping.absent_reason, pa.string())
    said = None
    if "comment" in mapping.columns:
        comment = rows.texts[mapping.columns["comment"]]
        value = pc.coalesce(value, through(comment, lambda text: _number_said(text, mapping)))
        said = pc.if_else(pc.is_in(comment, value_set=absent), nothing, comment)
        said = pc.utf8_trim_whitespace(said)
    why = pc.coalesce(said, reason) if said is not None else reason
    return value, pc.if_else(pc.is_null(value), why, nothing)


def _number_said(comment: str, mapping: Mapping) -> str | None:
    for pattern, reads in mapping.from_comment:
        found = searched(pattern, comment)
        if found:
            return found.expand(reads)
    return None


def _units(rows: TextTable, mapping: Mapping, codes: pa.ChunkedArray) -> pa.ChunkedArray:
    by_code = {one.code: one for one in mapping.analytes}
    fixed = through(codes, lambda code: by_code[code].unit or by_code[code].default_unit)
    if "unit" not in mapping.columns:
        return fixed
    written = through(
        rows.texts[mapping.columns["unit"]], lambda unit: mapping.unit_spelling.get(unit.strip(), unit)
    )
    always = through(codes, lambda code: by_code[code].unit)
    return pc.coalesce(always, written, fixed)


def _moments(rows: TextTable, mapping: Mapping) -> pa.ChunkedArray:
    if "observed_at" in mapping.columns:
        return rows.texts[mapping.columns["observed_at"]]
    start = datetime.fromisoformat(str(mapping.offset_from))

    def after(minutes: str) -> str:
        try:
            return (start + timedelta(minutes=int(minutes))).isoformat()
        except (ValueError, OverflowError):
            return minutes

    return through(rows.texts[mapping.columns["offset_minutes"]], after)


def _qualities(raw: TextTable, mapping: Mapping) -> pa.ChunkedArray:
    """The quality of every row of the file, found in comments of the row or of its specimen.

    Where the mapping has no rule for the column of comments, their words are those of a value cell.
    """
    size = raw.texts.num_rows
    found = pa.chunked_array([pa.nulls(size, pa.string())])
    for rule in mapping.qualities:
        found = pc.coalesce(
            found, pc.if_else(_spoiled(raw, mapping, rule), rule.quality, pa.scalar(None, pa.string()))
        )
    comment = mapping.columns.get("comment")
    if comment is None or any(rule.column == comment for rule in mapping.qualities):
        return found
    by_code = {one.code: one.analyte for one in mapping.analytes}
    analyte = through(raw.texts[mapping.columns["code"]], by_code.get)
    said = through(raw.texts[comment], quality_said)
    concerned = pc.fill_null(pc.or_(pc.equal(analyte, PLATELETS), pc.not_equal(said, CLUMPED)), False)
    return pc.coalesce(found, pc.if_else(concerned, said, pa.scalar(None, pa.string())))


def _spoiled(raw: TextTable, mapping: Mapping, rule: QualityRule) -> pa.ChunkedArray:
    codes = raw.texts[mapping.columns["code"]]
    said = through(raw.texts[rule.column], lambda text: "yes" if matches(rule.pattern, text) else None)
    says = pc.and_(pc.is_valid(said), pc.is_in(codes, value_set=pa.array(sorted(rule.codes))))
    affected = pa.array([one.code for one in mapping.analytes if one.analyte in rule.applies_to], pa.string())
    affects = pc.is_in(codes, value_set=affected)
    if not rule.of_specimen:
        return pc.and_(says, affects)
    patient, specimen = joined(raw, mapping.columns["patient_id"]), raw.texts[mapping.columns["specimen_id"]]
    whole = pc.binary_join_element_wise(patient, specimen, "/")
    spoiled = pc.drop_null(pc.unique(whole.filter(says)))
    return pc.and_(affects, pc.is_in(whole, value_set=spoiled, skip_nulls=True))


def _patients(raw: TextTable, kept: pa.ChunkedArray, mapping: Mapping) -> TextTable:
    """The patients of the rows that are taken, for those who are not in the registry yet."""
    rows = without_rows(raw, kept)
    ids = joined(rows, mapping.columns["patient_id"])
    table = pa.table(
        {"patient_id": ids, "site": _or(rows, mapping.columns.get("site"), _constant(mapping.site, len(ids)))}
    )
    first = (
        table.append_column("row", pa.array(range(len(ids))))
        .group_by(["patient_id"])
        .aggregate([("row", "min")])
    )
    order = pc.drop_null(
        pc.if_else(pc.is_valid(first["patient_id"]), first["row_min"], pa.scalar(None, pa.int64()))
    )
    return TextTable(
        table.take(order).sort_by("patient_id"),
        f"{raw.file} (patients)",
        raw.sha256,
        only_new=True,
        derived=True,
    )


def _constant(text: str | None, size: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([text], pa.string()).take(pa.array([0] * size, pa.int64()))])
