"""What a person types is understood and echoed, or it is said what to write: days and measured values.

Values are read by the same code as a file's (registry.record.cells, numbers and units); a single cell proves its own
marks or is asked about. What was written is kept, with the number as understood beside it where the two differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from registry.record.cells import Cell, quality_said, read_cell, split_unit
from registry.record.numbers import Ambiguous, Marks, Number, read_number
from registry.record.text import words
from registry.record.text.days import Typed, read_day, said
from registry.record.units import (
    MICRO,
    NOT_EVALUABLE,
    QUALITIES,
    Canonical,
    marks_for,
    marks_of_cells,
    measure,
    measures,
    usual_units,
)

__all__ = [
    "Measured",
    "Typed",
    "number_said",
    "quality_said",
    "read_day",
    "read_value",
    "said",
    "split_unit",
    "value_said",
]

UNUSABLE_REASON = "unknown"
"""Why there is no value of a specimen of which only the quality is said: it was taken, so it is not 'not done'."""
_BEGINS_WITH_NUMBER = re.compile(r"\s*(?:<=|>=|[<>≤≥=])?\s*[+-]?[0-9]")


@dataclass(frozen=True)
class Measured:
    """A value as it is to be stored, and what it comes to.

    `value`, `unit` and `quality` are columns of an observation. `canonical_e6` is the value in the canonical unit
    times one million, `not_evaluable` why it is kept and never judged; None where it may be. A specimen that was of
    no use has a quality and no value.
    """

    value: str | None
    unit: str | None
    quality: str | None = None
    comparator: str | None = None
    canonical_e6: int | None = None
    not_evaluable: str | None = None
    value_read: str | None = None
    """The number as understood, where that is not what was written."""


def read_value(
    text: str,
    analyte: str,
    unit: str | None,
    *,
    specimen: str | None = None,
    quality: str | None = None,
    as_reported: bool = False,
    marks: Marks | None = None,
) -> Typed[Measured]:
    """The measured value that `text` says: 31, <5, 5.4, 5,4, 45 K/uL, 45.000/ul, 12.4 g/dL, 31 clumped.

    A unit in the text wins over `unit`, the default of the form. `not done`, `unknown`, `n/a` become `missing`. A
    value that cannot be right in its unit is a problem that names the unit in which it could be, unless it is to be
    kept `as_reported`: then it is stored, flagged, and never judged. `marks` are those of a block of cells; left
    out, the text alone decides. Raises KeyError for an unknown analyte.
    """
    written = " ".join(text.split())
    if not written:
        return Typed(None)
    cell = read_cell(written, analyte)
    if cell.missing:
        return Typed(None, echo=words.MISSING[cell.missing], missing=cell.missing)
    quality = cell.quality or quality
    if cell.number is None:
        # Kept without a value: a specimen that was taken and told nothing is known of the patient.
        return Typed(
            Measured(None, None, cell.quality), echo=f"{cell.quality}, no value", missing=UNUSABLE_REASON
        )
    return _measured(written, cell, cell.unit or unit, analyte, specimen, quality, as_reported, marks)


def _asked(problem: str) -> Typed[Measured]:
    return Typed(None, problem=problem)


def _measured(
    written: str,
    cell: Cell,
    unit: str | None,
    analyte: str,
    specimen: str | None,
    quality: str | None,
    as_reported: bool,
    marks: Marks | None,
) -> Typed[Measured]:
    label = words.ANALYTES[analyte].lower() if analyte != "ldh" else "LDH"
    text = cell.number or ""
    try:
        number = read_number(text, marks_for(analyte, unit, marks or marks_of_cells([(text, analyte, unit)])))
    except Ambiguous as unclear:
        return _asked(f"{unclear}: write it without a thousands mark, with a point before decimals.")
    if number is None and not as_reported:
        return _asked(_not_a_number(written))
    result = measure(analyte, number, unit, specimen, quality)
    read = number.plain if number and number.plain != text else None
    measured = Measured(
        text, unit, quality, result.comparator, result.canonical_e6, result.not_evaluable, read
    )
    if result.not_evaluable in (None, quality):
        return Typed(measured, _echo(measured, analyte, result), doubt=_doubt(number, unit, analyte))
    if as_reported:
        reason = NOT_EVALUABLE[result.not_evaluable]
        return Typed(
            measured, f"{written}, kept as reported", doubt=f"It is stored but not evaluable: {reason}."
        )
    return _asked(_why_not(result.not_evaluable, number, unit, analyte, label))


def _not_a_number(written: str) -> str:
    if _BEGINS_WITH_NUMBER.match(written):
        return f"{written!r} is not one number. Write 31, <5, 5.4 or 45 K/uL."
    return (
        f"{written!r} is not recognized as a number. Write 31, <5, 5.4 or 45 K/uL, or: not done, unknown, "
        f"n/a."
    )


def _why_not(reason: str, number: Number | None, unit: str | None, analyte: str, label: str) -> str:
    value = number.plain if number else ""
    likely = usual_units(analyte, number)
    examples = " or ".join(f"{value} {name}" for name in likely[:3])
    known = ", ".join(words.units(analyte))
    if reason == "unit_missing":
        return f"Enter the unit of the {label}: {examples or known}."
    if reason == "unit_unknown":
        return f"{unit} is not a known unit of {label}. Known are {known}."
    if reason == "sentinel":
        return f"{value} means 'no result' in many systems. If so, enter: not done or unknown."
    said_in = f"{value} {unit}" if unit else value
    remedy = f"Is it {examples}? Write it with its unit." if likely else "Check the number."
    return f"{label[:1].upper()}{label[1:]} of {said_in} is implausible. {remedy}"


def _doubt(number: Number | None, unit: str | None, analyte: str) -> str | None:
    """What looks odd: a value that would be usual in other units only."""
    named = measures()[analyte].named(unit) if unit else None
    likely = usual_units(analyte, number)
    if named is None or not likely or named.name in likely:
        return None
    return f"It would be usual in {' or '.join(likely[:3])}: is the unit right?"


def _echo(measured: Measured, analyte: str, result: Canonical) -> str:
    told = value_said(
        analyte, measured.value, measured.unit, result.comparator, result.canonical_e6, measured.quality
    )
    return told or ""


def value_said(
    analyte: str,
    value: str | None,
    unit: str | None,
    comparator: str | None,
    canonical_e6: int | None,
    quality: str | None,
) -> str | None:
    """A value in the canonical unit, and what was reported where that looks different; None without a value."""
    if value is None:
        return None
    canonical_unit = measures()[analyte].unit
    if canonical_e6 is None:
        told = f"{value} {words.unit(unit or '')}".strip()
    else:
        number = f"{comparator or ''}{number_said(canonical_e6)}"
        told = f"{number} {words.unit(canonical_unit)}"
        named = measures()[analyte].named(unit) if unit else None
        if value != number or named is None or named.name != canonical_unit:
            told += f" (reported {value} {words.unit(unit or '')})"
    return f"{told}, {quality}: stored, not evaluable" if quality in QUALITIES else told


def number_said(micro: int) -> str:
    """An exact value times one million as people write it: `12.4`."""
    return format((Decimal(micro) / MICRO).normalize(), "f")
