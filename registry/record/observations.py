"""Observations as reported, made ready to be judged: canonical value, comparator, evaluable or not, marker.

Distinct combinations are worked out once each, so that four million rows cost a few thousand readings.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from registry.record.cells import Cell, quality_said, read_cell
from registry.record.numbers import Ambiguous, Marks, Number, read_number, read_plain, readings
from registry.record.units import QUALITIES, VOID, Canonical, marks_for, marks_of_cells, measure, usual_units
from registry.store.findings import Findings

LOW_IS_ABNORMAL = {"haptoglobin": True, "ldh": False, "bilirubin": False, "reticulocytes": False}
"""The markers of hemolysis, and whether a value below the lower limit is the abnormal one (DEF-AIHA-02)."""
ONE_READING = "a number that can be read in only one way in this file"
HINTS_LISTED = 20
HINTED = ("unit_missing", "unit_unknown", "implausible", "unreadable")
"""What is kept and not judged is said with its text, for whoever can correct it."""
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


NUMBER, UNIT = "number of the cell", "unit of the cell"
"""Columns while a file is checked: what is in the number's place, and the unit in which it is read."""


def take_apart(table: pa.Table) -> pa.Table:
    """`table` with the columns NUMBER and UNIT, and with what a word in the value cell says of the specimen.

    A cell with a word alone (`clumped`, `not done`) has no value: it has a quality or a reason, with its text in
    missing_reason. Where there is no value, a reason that says it (`sample clotted`) gives the quality too.
    """
    found = combinations([_column(table, "value"), _column(table, "analyte")])
    cells = [
        read_cell(value, analyte) if value and analyte else Cell(value) for value, analyte in found.distinct
    ]
    said = [value for value, _ in found.distinct]
    kept = [value if cell.number is not None else None for value, cell in zip(said, cells, strict=True)]
    why = [
        None if cell.number is not None or value is None else cell.missing or value
        for value, cell in zip(said, cells, strict=True)
    ]
    number = found.spread([cell.number for cell in cells], pa.string())
    own = found.spread([cell.unit for cell in cells], pa.string())
    read = table.append_column(NUMBER, number)
    read = read.append_column(UNIT, pc.coalesce(own, _column(table, "unit")))
    if kept != said:
        read = _with(read, "value", found.spread(kept, pa.string()))
        reason = found.spread(why, pa.string())
        read = _with(read, "missing_reason", pc.coalesce(_column(table, "missing_reason"), reason))
    if any(cell.quality for cell in cells):
        quality = found.spread([cell.quality for cell in cells], pa.string())
        read = _with(read, "quality", pc.coalesce(quality, _column(table, "quality")))
    return _with_quality_of_reason(read)


def _with_quality_of_reason(table: pa.Table) -> pa.Table:
    """`table` where a result without a value has the quality that its reason says, unless it says one itself."""
    given = _column(table, "quality")
    reason = pc.if_else(
        pc.and_(
            pc.is_null(_column(table, "value")),
            pc.fill_null(pc.invert(pc.is_in(given, pa.array(QUALITIES))), True),
        ),
        _column(table, "missing_reason"),
        None,
    )
    if reason.null_count == len(reason):
        return table
    found = combinations([reason])
    said = [quality_said(text) if text else None for (text,) in found.distinct]
    return (
        _with(table, "quality", pc.coalesce(found.spread(said, pa.string()), given)) if any(said) else table
    )


def marks_of_table(table: pa.Table, said: Marks | None) -> Marks:
    """The marks that the values and limits of one file prove together (DEF-UNIT-04); `said` are those of a mapping.

    A value with a `value_read` is settled and proves nothing. Raises Contradiction.
    """
    analyte, unit = _column(table, "analyte"), _column(table, UNIT)
    open_ = pc.if_else(pc.is_valid(_column(table, "value_read")), None, _column(table, NUMBER))
    cells: list[tuple[str | None, ...]] = []
    for texts in (open_, _column(table, "lower_limit"), _column(table, "upper_limit")):
        cells += combinations([texts, analyte, unit]).distinct
    return marks_of_cells([(cell[0], cell[1], cell[2]) for cell in cells], said)


def derive(table: pa.Table, findings: Findings, marks: Marks) -> tuple[pa.Table, list[str]]:
    """`table` (as `take_apart` gives it) with the columns that are worked out, and hints for people.

    Worked out are comparator, canonical_e6, not_evaluable, marker_state and value_read. Values stay as they were
    written; limits are written with a point. A number with two readings is a problem of
    its rows.
    """
    measured, hints = _measured(table, findings, marks)
    judged = measured.append_column("marker_state", _marker_states(measured, marks))
    return _limits_spelled(judged, findings, marks).drop_columns([NUMBER, UNIT]), hints


def _limits_spelled(table: pa.Table, findings: Findings, marks: Marks) -> pa.Table:
    for name in ("lower_limit", "upper_limit"):
        found = combinations([_column(table, name), _column(table, "analyte"), _column(table, UNIT)])
        spelling: list[str | None] = []
        for number, (text, analyte, unit) in enumerate(found.distinct):
            spelling.append(text)
            if text is None or analyte is None:
                continue
            try:
                read = read_number(text, marks_for(analyte, unit, marks))
            except Ambiguous as unclear:
                _two_readings(findings, found.rows(number), name, text, unclear)
                continue
            spelling[-1] = read.plain if read else text
        if spelling != [row[0] for row in found.distinct]:
            table = _with(table, name, found.spread(spelling, pa.string()))
    return table


def _two_readings(
    findings: Findings, rows: NDArray[np.int64], column: str, text: str, unclear: Ambiguous
) -> None:
    remedy = f"{unclear}: write it without a thousands mark, with a point before decimals."
    findings.add(rows, column, text, ONE_READING, remedy)


def _with(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, column)


def _measured(table: pa.Table, findings: Findings, marks: Marks) -> tuple[pa.Table, list[str]]:
    columns = ("analyte", "value", NUMBER, UNIT, "specimen", "quality", "value_read", "status")
    found = combinations([_column(table, name) for name in columns])
    results: list[Canonical] = []
    spelled: list[str | None] = []
    hints: list[str] = []
    for position, row in enumerate(found.distinct):
        analyte, value, text, unit, specimen, quality, given, status = row
        number = None
        # A row whose analyte or number cannot be read is refused, so it needs no result.
        result = Canonical(None, None, None)
        if analyte:
            rows = found.rows(position) if given else None
            try:
                number = _number(text, given, marks_for(analyte, unit, marks), findings, rows)
                spoiled = quality if quality in QUALITIES else None
                result = (
                    measure(analyte, number, unit, specimen, quality)
                    if value
                    else Canonical(None, None, spoiled or "missing")
                )
            except Ambiguous as unclear:
                _two_readings(findings, found.rows(position), "value", value or "", unclear)
        if analyte and status in VOID:
            result = Canonical(None, None, status)
        results.append(result)
        spelled.append(number.plain if number and number.plain != value else None)
        if result.not_evaluable in HINTED and len(hints) < HINTS_LISTED:
            hints.append(_hint(findings, found.rows(position), analyte, value, number, unit))
    for name, kind in (
        ("canonical_e6", pa.int64()),
        ("comparator", pa.string()),
        ("not_evaluable", pa.string()),
    ):
        table = table.append_column(name, found.spread([getattr(one, name) for one in results], kind))
    return _with(table, "value_read", found.spread(spelled, pa.string())), hints


def _number(
    text: str | None, given: str | None, marks: Marks, findings: Findings, rows: NDArray[np.int64] | None
) -> Number | None:
    """The number of a cell; where the file gives it as understood (`given`), that must be a reading of the cell."""
    if given is None:
        return read_number(text, marks) if text else None
    meant = read_plain(given)
    for number in readings(text or ""):
        if meant and (meant.value, meant.comparator or number.comparator) == (
            number.value,
            number.comparator,
        ):
            return replace(number, plain=given)
    if rows is not None:
        findings.add(
            rows,
            "value_read",
            given,
            f"the number that {text or 'an empty value'} says",
            "Write it with a point and without separators of thousands, or leave it empty.",
        )
    return None


def _hint(
    findings: Findings,
    rows: NDArray[np.int64],
    analyte: str | None,
    value: str | None,
    number: Number | None,
    unit: str | None,
) -> str:
    others = f" and {len(rows) - 1:,} more" if len(rows) > 1 else ""
    written = f"{analyte} {value} {unit}" if unit else f"{analyte} {value} without a unit"
    if number is None:
        likely = "it is not read as a number"
    else:
        usual = " or ".join(usual_units(analyte, number)) if analyte else ""
        likely = f"it would be usual in {usual}" if usual else "it is usual in no known unit"
    return f"{findings.place(int(rows[0]))}{others}: {written} is stored but not evaluable; {likely}."


def _marker_states(table: pa.Table, marks: Marks) -> pa.Array:
    """normal, abnormal or explained for the markers of hemolysis, by the laboratory's limit; else empty.

    Value and limit are in one unit, which need not be one that is known: reticulocytes in % (DEF-AIHA-10).
    """
    columns = (
        "analyte",
        NUMBER,
        "value_read",
        UNIT,
        "lower_limit",
        "upper_limit",
        "explained",
        "not_evaluable",
    )
    found = combinations([_column(table, name) for name in columns])
    states: list[str | None] = []
    for analyte, text, plain, unit, lower, upper, explained, not_evaluable in found.distinct:
        abnormal = None
        if not_evaluable in (None, "unit_unknown") and analyte is not None:
            under = marks_for(analyte, unit, marks)
            number = read_plain(plain) if plain else _read(text, under)
            abnormal = is_abnormal(analyte, number, _read(lower, under), _read(upper, under))
        if abnormal is None:
            states.append(None)
        else:
            states.append(("explained" if explained == "yes" else "abnormal") if abnormal else "normal")
    return found.spread(states, pa.string())


def is_abnormal(
    analyte: str, number: Number | None, lower: Number | None, upper: Number | None
) -> bool | None:
    """True if a marker lies beyond the limit that matters for hemolysis; None if that cannot be told.

    Limits are in the unit of the value. A value with a comparator is told only if every number that
    it may stand for lies on one side.
    """
    if analyte not in LOW_IS_ABNORMAL:
        return None
    low_is_abnormal = LOW_IS_ABNORMAL[analyte]
    limit = lower if low_is_abnormal else upper
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
