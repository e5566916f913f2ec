"""Observations as reported, made ready to be judged: canonical value, comparator, evaluable or not, marker.

Distinct combinations are worked out once each, so that four million rows cost a few thousand readings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from registry.facts.numbers import Ambiguous, Marks, Number, marks_of, read_number
from registry.facts.units import Canonical, canonical, likely_units, marks_for
from registry.store.findings import Findings

LOW_IS_ABNORMAL = {"haptoglobin": True, "ldh": False, "bilirubin": False, "reticulocytes": False}
"""The markers of hemolysis, and whether a value below the lower limit is the abnormal one (DEF-AIHA-02)."""
ONE_READING = "a number that can be read in only one way in this file"
HINTS_LISTED = 20
MOST_COUNTED = 50_000_000
"""Up to so many codes are found by marking a table of flags, beyond by sorting."""


@dataclass(frozen=True)
class Combinations:
    """The distinct combinations of some text columns, and for every row which of them it is."""

    distinct: list[tuple[str | None, ...]]
    which: NDArray[np.int64]

    def spread(self, values: Sequence[object], kind: pa.DataType) -> pa.Array:
        """One value for each combination, given to every row that has it."""
        return pa.array(values, kind).take(pa.array(self.which))

    def rows(self, number: int) -> NDArray[np.int64]:
        """The positions of the rows that have combination `number`."""
        return np.flatnonzero(self.which == number)


def combinations(columns: Sequence[pa.Array]) -> Combinations:
    """The distinct combinations that occur in text columns of equal length."""
    which = np.zeros(len(columns[0]), dtype=np.int64)
    if not len(which):
        return Combinations([], which)
    distinct: list[tuple[str | None, ...]] = [()]
    for column in columns:
        encoded = column.dictionary_encode(null_encoding="encode")
        words = encoded.dictionary.to_pylist()
        if len(words) <= 1:
            distinct = [(*row, *words) for row in distinct]
            continue
        codes = which * len(words) + encoded.indices.to_numpy(zero_copy_only=False)
        found, which = dense(codes, len(distinct) * len(words))
        distinct = [(*distinct[code // len(words)], words[code % len(words)]) for code in found.tolist()]
    return Combinations(distinct, which)


def dense(codes: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The distinct codes, ascending, and for each code its place among them. Codes are below `size`."""
    if size > MOST_COUNTED:
        return np.unique(codes, return_inverse=True)
    seen = np.zeros(size, dtype=bool)
    seen[codes] = True
    return np.flatnonzero(seen), (np.cumsum(seen) - 1)[codes]


def decimals_of(table: pa.Table) -> Marks:
    """The decimal and thousands marks that the values and limits of one file prove together (DEF-UNIT-04)."""
    texts: set[str | None] = set()
    for name in ("value", "lower_limit", "upper_limit"):
        texts.update(pc.unique(table[name]).to_pylist())
    return marks_of(texts)


def derive(table: pa.Table, findings: Findings, marks: Marks) -> tuple[pa.Table, list[str]]:
    """`table` with comparator, canonical_e6, not_evaluable and marker_state, and hints for people.

    Values and limits that two files could read differently are respelled. A number with two readings is a
    problem of its rows.
    """
    measured, hints = _measured(table, findings, marks)
    judged = measured.append_column("marker_state", _marker_states(measured, marks))
    return _spelled(judged, findings, marks), hints


def _spelled(table: pa.Table, findings: Findings, marks: Marks) -> pa.Table:
    for name in ("value", "lower_limit", "upper_limit"):
        found = combinations([_column(table, name), _column(table, "analyte"), _column(table, "unit")])
        spelling: list[str | None] = []
        for number, (text, analyte, unit) in enumerate(found.distinct):
            spelling.append(text)
            if text is None or analyte is None:
                continue
            try:
                read = read_number(text, marks_for(analyte, unit, marks))
            except Ambiguous as unclear:
                remedy = f"{unclear}: write it without a thousands mark, with a point before decimals."
                findings.add(found.rows(number), name, text, ONE_READING, remedy)
                continue
            spelling[-1] = read.spelling if read else text
        if spelling != [row[0] for row in found.distinct]:
            table = table.set_column(
                table.schema.get_field_index(name), name, found.spread(spelling, pa.string())
            )
    return table


def _measured(table: pa.Table, findings: Findings, marks: Marks) -> tuple[pa.Table, list[str]]:
    found = combinations(
        [_column(table, name) for name in ("analyte", "value", "unit", "specimen", "quality")]
    )
    results: list[Canonical] = []
    hints: list[str] = []
    for number, (analyte, value, unit, specimen, quality) in enumerate(found.distinct):
        try:
            # A row whose analyte or number cannot be read is refused, so it needs no result.
            result = (
                canonical(analyte, value, unit, specimen, quality, marks=marks)
                if analyte
                else Canonical(None, None, None)
            )
        except Ambiguous:
            result = Canonical(None, None, None)
        results.append(result)
        if result.not_evaluable in ("unit_missing", "implausible") and len(hints) < HINTS_LISTED:
            hints.append(_hint(findings, found.rows(number), analyte, value, unit, marks))
    for name, kind in (
        ("canonical_e6", pa.int64()),
        ("comparator", pa.string()),
        ("not_evaluable", pa.string()),
    ):
        table = table.append_column(name, found.spread([getattr(one, name) for one in results], kind))
    return table, hints


def _hint(
    findings: Findings,
    rows: NDArray[np.int64],
    analyte: str | None,
    value: str | None,
    unit: str | None,
    marks: Marks,
) -> str:
    usual = " or ".join(likely_units(analyte, value, marks)) if analyte else ""
    first = int(findings.row_numbers[rows[0]])
    others = f" and {len(rows) - 1:,} more" if len(rows) > 1 else ""
    written = f"{analyte} {value} {unit}" if unit else f"{analyte} {value} without a unit"
    likely = f"it would be usual in {usual}" if usual else "it is usual in no known unit"
    return f"{findings.file}, row {first}{others}: {written} is kept and not judged; {likely}."


def _marker_states(table: pa.Table, marks: Marks) -> pa.Array:
    """normal, abnormal or explained for the markers of hemolysis, by the laboratory's limit; else empty."""
    found = combinations(
        [
            _column(table, name)
            for name in ("analyte", "value", "lower_limit", "upper_limit", "explained", "not_evaluable")
        ]
    )
    states: list[str | None] = []
    for analyte, value, lower, upper, explained, not_evaluable in found.distinct:
        abnormal = (
            None if not_evaluable or analyte is None else is_abnormal(analyte, value, lower, upper, marks)
        )
        if abnormal is None:
            states.append(None)
        else:
            states.append(("explained" if explained == "yes" else "abnormal") if abnormal else "normal")
    return found.spread(states, pa.string())


def is_abnormal(
    analyte: str, value: str | None, lower: str | None, upper: str | None, marks: Marks
) -> bool | None:
    """True if a marker lies beyond the limit that matters for hemolysis; None if that cannot be told.

    Limits are in the unit of the value. A value with a comparator is told only if every number that
    it may stand for lies on one side.
    """
    if analyte not in LOW_IS_ABNORMAL:
        return None
    low_is_abnormal = LOW_IS_ABNORMAL[analyte]
    number = _read(value, marks)
    limit = _read(lower if low_is_abnormal else upper, marks)
    if number is None or limit is None or limit.comparator:
        return None
    return _beyond(number, limit.value, below=low_is_abnormal)


def _beyond(number: Number, limit: Decimal, *, below: bool) -> bool | None:
    if number.comparator is None:
        return number.value < limit if below else number.value > limit
    less = number.comparator == "<"
    if number.value > limit if less else number.value < limit:
        return None
    return less == below


def _read(text: str | None, marks: Marks) -> Number | None:
    try:
        return read_number(text, marks) if text else None
    except Ambiguous:
        return None


def _column(table: pa.Table, name: str) -> pa.Array:
    column = table[name]
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
