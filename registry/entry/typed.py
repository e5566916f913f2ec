"""What a person types is understood and echoed, or it is said what to write: days and measured values.

Values are read by the same rules as a file's (registry.facts.units, registry.facts.numbers); a single cell proves its
own marks or is asked about. What is given back for storing cannot be read in another way beside other cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from registry.entry import words
from registry.entry.days import Typed, read_day, said
from registry.facts.numbers import Ambiguous, Marks, Number, marks_of, read_number
from registry.facts.units import (
    MICRO,
    NOT_EVALUABLE,
    QUALITIES,
    Canonical,
    canonical,
    likely_units,
    marks_for,
    measures,
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

_QUALITIES = {
    "clumped": ("clumped", "clumps", "clumping", "clump", "platelet clumps", "aggregates", "aggregated", "agg",
                "aggregation", "plt aggregates", "aggregate", "thrombozytenaggregate", "aggregiert",
                "geklumpt", "verklumpt", "klumpen", "verklumpung",
                "agregados", "agregados plaquetarios", "agrégats", "agregats", "aggregati"),
    "hemolyzed": ("hemolyzed", "haemolysed", "hemolysed", "haemolyzed", "hemolysis", "haemolysis", "hämolytisch",
                  "hämolysiert", "haemolysiert", "hämolyse",
                  "haemolytisch", "hemolizada", "hemolizado", "hémolysé"),
    "insufficient": ("insufficient", "qns", "quantity not sufficient", "clotted", "geronnen", "coagulada",
                     "zu wenig material", "insuficiente"),
}  # fmt: skip
UNUSABLE_REASON = "unknown"
"""Why there is no value of a specimen of which only the quality is said: it was taken, so it is not 'not done'."""
_QUALITY_OF = {word: quality for quality, spelled in _QUALITIES.items() for word in spelled}
_BEGINS_WITH_NUMBER = re.compile(r"\s*(?:<=|>=|[<>≤≥=])?\s*[+-]?[0-9]")
_BEGINS_A_WORD = re.compile(r"[^\W\d_]|[%/]")
_BETWEEN = re.compile(r"[\s,;:([*]+")


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
    if reason := words.missing_said(written):
        return Typed(None, echo=words.MISSING[reason], missing=reason)
    bare, noted = _without_comment(written)
    quality = noted or quality
    if not bare:
        # Kept without a value: a specimen that was taken and told nothing is known of the patient.
        return Typed(Measured(None, None, noted), echo=f"{noted}, no value", missing=UNUSABLE_REASON)
    value, own_unit = split_unit(bare, analyte)
    return _measured(bare, value, own_unit or unit, analyte, specimen, quality, as_reported, marks)


def _asked(problem: str) -> Typed[Measured]:
    return Typed(None, problem=problem)


def split_unit(text: str, analyte: str) -> tuple[str, str | None]:
    """The number and the unit of a cell: `45 K/uL` is `45` and `K/uL`. The unit is as written, known or not."""
    if _is_number(text):
        return text, None
    splits = list(_splits(text))
    for value, unit in splits:
        if measures()[analyte].named(unit):
            return value, unit
    return next(((value, unit) for value, unit in splits if _BEGINS_A_WORD.match(unit)), (text, None))


def _splits(text: str) -> Iterator[tuple[str, str]]:
    """Every way to split a cell into a number and something behind it, the longest number first."""
    for at in range(len(text) - 1, 0, -1):
        value, rest = text[:at].rstrip(), text[at:].lstrip()
        if rest and _is_number(value) and not (text[at - 1].isdigit() and text[at].isdigit()):
            yield value, rest


def _is_number(text: str) -> bool:
    try:
        return read_number(text, marks_of([text])) is not None
    except Ambiguous:
        return True


def quality_said(text: str) -> str | None:
    """What a comment or a cell says of its specimen: clumped, hemolyzed or insufficient; None if nothing of it."""
    if quality := _QUALITY_OF.get(" ".join(text.casefold().split()).strip("()[]*.!,; ")):
        return quality
    said_of_it = plain_words(text)
    return next((quality for word, quality in _QUALITY_OF.items() if f" {word} " in f" {said_of_it} "), None)


def plain_words(text: str) -> str:
    """The words of a text in small letters, a space between them."""
    return " ".join(re.findall(r"[^\W\d_]+", text.casefold()))


def _without_comment(text: str) -> tuple[str, str | None]:
    """The cell without a word on the quality of its specimen, and that quality."""
    if quality := _QUALITY_OF.get(text.casefold().strip("()[]*.! ")):
        return "", quality
    for found in _BETWEEN.finditer(text):
        if quality := _QUALITY_OF.get(text[found.end() :].casefold().strip("()[]*.! ")):
            return text[: found.start()], quality
    return text, None


def _measured(
    written: str,
    value: str,
    unit: str | None,
    analyte: str,
    specimen: str | None,
    quality: str | None,
    as_reported: bool,
    marks: Marks | None,
) -> Typed[Measured]:
    label = words.ANALYTES[analyte].lower() if analyte != "ldh" else "LDH"
    marks = marks or marks_of([value])
    try:
        number = read_number(value, marks_for(analyte, unit, marks))
    except Ambiguous as unclear:
        meant = _only_usual(value, analyte, unit)
        if meant is None:
            return _asked(f"{unclear}: write it without a thousands mark, with a point before decimals.")
        number = meant
    if number is None and not as_reported:
        return _asked(_not_a_number(written))
    spelled = number.spelling if number else value
    result = canonical(analyte, spelled, unit, specimen, quality, marks=marks_of([spelled]))
    measured = Measured(spelled, unit, quality, result.comparator, result.canonical_e6, result.not_evaluable)
    if result.not_evaluable in (None, quality):
        return Typed(measured, _echo(measured, analyte, result), doubt=_doubt(measured, analyte))
    if as_reported:
        reason = NOT_EVALUABLE[result.not_evaluable]
        return Typed(
            measured, f"{written}, kept as reported", doubt=f"It is kept and never judged: {reason}."
        )
    return _asked(_why_not(result.not_evaluable, spelled, unit, analyte, label))


def _only_usual(value: str, analyte: str, unit: str | None) -> Number | None:
    """45.000 where single cells are counted: grouped or with decimals, if only one of the two is ever seen."""
    measure = measures()[analyte]
    named = measure.named(unit) if unit else None
    if named is None or not named.whole:
        return None
    low, high = measure.usual
    meant: dict[Decimal, Number] = {}
    for marks in (Marks(".,", ""), Marks("", ".,")):
        number = read_number(value, marks)
        if number is not None and low <= number.value * named.factor <= high:
            meant[number.value] = number
    return next(iter(meant.values())) if len(meant) == 1 else None


def _not_a_number(written: str) -> str:
    if _BEGINS_WITH_NUMBER.match(written):
        return f"{written!r} is not read as one number. Write 31, <5, 5.4 or 45 K/uL."
    return (
        f"{written!r} is not read as a number. Write 31, <5, 5.4 or 45 K/uL, or say: not done, unknown, n/a."
    )


def _why_not(reason: str, value: str, unit: str | None, analyte: str, label: str) -> str:
    likely = likely_units(analyte, value, marks_of([value]))
    examples = " or ".join(f"{value} {name}" for name in likely[:3])
    known = ", ".join(words.units(analyte))
    if reason == "unit_missing":
        return f"Say the unit of the {label}: {examples or known}."
    if reason == "unit_unknown":
        return f"{unit} is not a known unit of {label}. Known are {known}."
    if reason == "sentinel":
        return f"{value} stands for 'no result' in many systems. If there is none, say: not done or unknown."
    said_in = f"{value} {unit}" if unit else value
    remedy = f"Is it {examples}? Write it with its unit." if likely else "Check the number."
    return f"{label[:1].upper()}{label[1:]} of {said_in} cannot be right. {remedy}"


def _doubt(measured: Measured, analyte: str) -> str | None:
    """What looks odd: a value that would be usual in other units only."""
    named = measures()[analyte].named(measured.unit) if measured.unit else None
    spelled = measured.value or ""
    likely = likely_units(analyte, spelled, marks_of([spelled]))
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
    return f"{told}, {quality}: kept, never judged" if quality in QUALITIES else told


def number_said(micro: int) -> str:
    """An exact value times one million as people write it: `12.4`."""
    return format((Decimal(micro) / MICRO).normalize(), "f")
