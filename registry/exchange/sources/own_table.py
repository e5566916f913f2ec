"""A site's own table becomes a table of results: through the mapping's columns and codes, or a column an analyte."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from adjudication.toml_table import nearest
from registry.exchange.sources import Aside, TextTable
from registry.exchange.sources.mapping import Mapping, QualityRule, WideColumn
from registry.exchange.sources.pattern import matches
from registry.exchange.sources.text import without_rows
from registry.exchange.sources.walk import (
    CLUMPED,
    PLATELETS,
    Laboratory,
    days_of,
    joined,
    nulls,
    plain,
    pseudonyms,
    through,
    walk,
)
from registry.record.cells import quality_said

CODES_NAMED = 10
NOT_MAPPED = "not mapped"
_SINGLE = (
    *("code", "value", "value_number", "comparator", "unit", "range", "specimen_id", "specimen"),
    *("lower_limit", "upper_limit", "status", "comment", "site"),
)


def columns_named(mapping: Mapping) -> list[str]:
    """Every column of the file that the mapping names."""
    names: list[str] = []
    for value in mapping.columns.values():
        names += [value] if isinstance(value, str) else value
    wide = [name for one in mapping.wide for name in one.columns]
    return list(dict.fromkeys([*names, *(rule.column for rule in mapping.qualities), *wide]))


def of_own_table(raw: TextTable, mapping: Mapping) -> Laboratory:
    """Patients and observations of a table with the columns that the mapping names. Raises Refused."""
    if raw.lines is None:
        given = raw.row_numbers if raw.row_numbers is not None else np.arange(1, raw.texts.num_rows + 1)
        raw = replace(raw, lines=given, row_numbers=given, by_line=True)
    texts = raw.texts
    for name in texts.column_names:
        place = texts.column_names.index(name)
        texts = texts.set_column(place, name, plain(texts[name]))
    raw = replace(raw, texts=texts)
    raw, day = days_of(raw, _day_columns(mapping), mapping)
    people = pseudonyms(joined(raw, list(mapping.columns["patient_id"])), mapping)
    base = {"patient_id": people, "observed_at": day[_day_key(mapping)]}
    if numbers := mapping.columns.get("observation_id"):
        patient = set(mapping.columns["patient_id"])
        parts = [
            pseudonyms(raw.texts[name], mapping, whole=people) if name in patient else raw.texts[name]
            for name in numbers
        ]
        base["observation_id"] = pc.binary_join_element_wise(*parts, "/")
    for key in _SINGLE:
        if key in mapping.columns:
            base[key] = raw.texts[mapping.columns[key]]
    if mapping.wide:
        return walk(_widened(raw, base, day, mapping), mapping)
    base["quality"] = _qualities(raw, mapping, people)
    results, aside = _with_analytes(replace(raw, texts=pa.table(base)), mapping)
    return walk(replace(results, not_taken=(*raw.not_taken, *aside)), mapping)


def _day_key(mapping: Mapping) -> tuple[str, ...]:
    return tuple(mapping.columns.get("observed_at", ()))


def _day_columns(mapping: Mapping) -> list[tuple[str, ...]]:
    return list(
        dict.fromkeys([_day_key(mapping), *(one.observed_at for one in mapping.wide if one.observed_at)])
    )


# A row a result


def _with_analytes(rows: TextTable, mapping: Mapping) -> tuple[TextTable, list[Aside]]:
    """The rows whose code is mapped, with what the mapping says of it, and the others with their reason."""
    by_code = {one.code: one for one in mapping.analytes}
    codes = rows.texts["code"]
    analyte = through(codes, lambda code: by_code[code].analyte if code in by_code else None)
    texts = rows.texts.append_column("analyte", analyte)
    for key in ("unit", "default_unit", "specimen"):
        words = {code: getattr(one, key) for code, one in by_code.items()}
        texts = texts.append_column(f"mapped {key}", through(codes, words.get))
    kept = pc.is_valid(analyte)
    left = np.flatnonzero(~np.asarray(kept, bool))
    reasons = {
        code: reason_of(code, mapping) for code in pc.unique(codes.filter(pc.invert(kept))).to_pylist()
    }
    people, lines = texts["patient_id"], rows.lines
    assert lines is not None  # noqa: S101 -- given by the caller
    aside = [Aside(int(lines[at]), reasons[codes[at].as_py()], people[at].as_py()) for at in left.tolist()]
    return without_rows(replace(rows, texts=texts), kept), aside


def reason_of(code: str | None, mapping: Mapping) -> str:
    """Why a code is not taken; a code that is nearly a mapped one is asked about."""
    if code and code in mapping.not_taken:
        return f"{NOT_MAPPED}: {code}, {mapping.not_taken[code]}"
    if not code:
        return f"{NOT_MAPPED}: without a code"
    known = [one.code for one in mapping.analytes]
    meant = nearest(code, known) if len(code) > 1 else None
    close = meant is not None and (
        Counter(meant.casefold()) == Counter(code.casefold())
        or meant.casefold() in code.casefold()
        or len(code) > 3
    )
    return f"{NOT_MAPPED}: {code}" + (f" (did you mean {meant}?)" if close else "")


def _qualities(raw: TextTable, mapping: Mapping, people: pa.ChunkedArray) -> pa.ChunkedArray:
    """The quality of every row of the file, found in comments of the row or of its specimen.

    Where the mapping has no rule for the column of comments, their words are those of a value cell.
    """
    found = nulls(raw.texts.num_rows)
    for rule in mapping.qualities:
        spoiled = _spoiled(raw, mapping, rule, people)
        found = pc.coalesce(found, pc.if_else(spoiled, rule.quality, pa.scalar(None, pa.string())))
    comment = mapping.columns.get("comment")
    if comment is None or any(rule.column == comment for rule in mapping.qualities):
        return found
    by_code = {one.code: one.analyte for one in mapping.analytes}
    analyte = through(raw.texts[mapping.columns["code"]], by_code.get)
    said = through(raw.texts[comment], quality_said)
    concerned = pc.fill_null(pc.or_(pc.equal(analyte, PLATELETS), pc.not_equal(said, CLUMPED)), False)
    return pc.coalesce(found, pc.if_else(concerned, said, pa.scalar(None, pa.string())))


def _spoiled(raw: TextTable, mapping: Mapping, rule: QualityRule, people: pa.ChunkedArray) -> pa.ChunkedArray:
    codes = raw.texts[mapping.columns["code"]]
    said = through(raw.texts[rule.column], lambda text: "yes" if matches(rule.pattern, text) else None)
    says = pc.and_(pc.is_valid(said), pc.is_in(codes, value_set=pa.array(sorted(rule.codes), pa.string())))
    affected = pa.array([one.code for one in mapping.analytes if one.analyte in rule.applies_to], pa.string())
    affects = pc.is_in(codes, value_set=affected)
    if not rule.of_specimen:
        return pc.and_(says, affects)
    whole = pc.binary_join_element_wise(people, raw.texts[mapping.columns["specimen_id"]], "/")
    spoiled = pc.drop_null(pc.unique(whole.filter(says)))
    return pc.and_(affects, pc.is_in(whole, value_set=spoiled, skip_nulls=True))


# A column an analyte


def _widened(
    raw: TextTable,
    base: dict[str, pa.ChunkedArray],
    days: dict[tuple[str, ...], pa.ChunkedArray],
    mapping: Mapping,
) -> TextTable:
    """One row for each filled cell of a wide column, in the order of the file."""
    parts: list[pa.Table] = []
    places: list[np.ndarray] = []
    for one in mapping.wide:
        filled = np.flatnonzero(np.asarray(pc.is_valid(raw.texts[one.column]), bool))
        parts.append(pa.table(_of_column(raw, base, days, one)).take(pa.array(filled)))
        places.append(filled)
    texts = pa.concat_tables(parts)
    place = np.concatenate(places) if places else np.array([], np.int64)
    order = np.argsort(place, kind="stable")
    place = place[order]
    assert raw.lines is not None  # noqa: S101 -- given by the caller
    numbers = raw.row_numbers if raw.row_numbers is not None else raw.lines
    return replace(raw, texts=texts.take(pa.array(order)), row_numbers=numbers[place], lines=raw.lines[place])


def _of_column(
    raw: TextTable,
    base: dict[str, pa.ChunkedArray],
    days: dict[tuple[str, ...], pa.ChunkedArray],
    one: WideColumn,
) -> dict[str, pa.ChunkedArray]:
    size = raw.texts.num_rows
    cells = {**base, "value": raw.texts[one.column], "analyte": _same(one.analyte, size)}
    cells["code"] = _same(one.column, size)
    if one.observed_at:
        cells["observed_at"] = days[one.observed_at]
    if one.plus_days:
        cells["observed_at"] = through(cells["observed_at"], lambda day: _later(day, one.plus_days))
    if "observation_id" in base:
        cells["observation_id"] = pc.binary_join_element_wise(
            base["observation_id"], _same(one.column, size), "/"
        )
    unit = raw.texts[one.unit_column] if one.unit_column else nulls(size)
    if one.unit_spelling:
        unit = through(unit, lambda text: one.unit_spelling.get(text, text))
    cells["unit"] = unit
    cells["mapped unit"] = nulls(size)
    cells["mapped default_unit"] = _same(one.unit, size)
    cells["mapped specimen"] = _same(one.specimen, size)
    cells["comparator"] = raw.texts[one.comparator_column] if one.comparator_column else nulls(size)
    quality = raw.texts[one.quality_column] if one.quality_column else nulls(size)
    cells["quality"] = through(quality, lambda text: _quality(text, one.analyte))
    return cells


def _quality(text: str, analyte: str) -> str | None:
    said = quality_said(text)
    return None if said == CLUMPED and analyte != PLATELETS else said


def _later(day: str, days: int) -> str:
    from_day = np.datetime64(day[:10], "D") if day[:4].isdigit() and len(day) >= 10 else None
    return day if from_day is None else f"{from_day + np.timedelta64(days, 'D')}{day[10:]}"


def _same(text: str | None, size: int) -> pa.ChunkedArray:
    return pa.chunked_array([pa.array([text], pa.string()).take(pa.array(np.zeros(size, np.int64)))])
