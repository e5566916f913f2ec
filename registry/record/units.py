"""Units: from a value and a unit as reported to the exact canonical value.

The table is `adjudication/published/units.toml`. Values are exact decimals, never floats; the result is the
canonical unit times one million as an integer (DEF-UNIT-01): platelets and reticulocytes 10*9/L,
hemoglobin and haptoglobin g/L, LDH U/L, bilirubin umol/L.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal
from functools import cache
from typing import NamedTuple

from registry.record.numbers import UNDECIDED, Marks, Number, marks_of, read_number
from registry.record.unit_table import Analyte, Unit, published_units

MICRO = Decimal(1_000_000)
CITRATE = "citrate"
NOT_EVALUABLE = {
    "clumped": "the platelets were clumped",
    "hemolyzed": "the specimen was hemolyzed",
    "insufficient": "the specimen was insufficient",
    "missing": "no value was reported",
    "unreadable": "the value is not a number",
    "sentinel": "the number means 'no result'",
    "unit_missing": "the value has no unit",
    "unit_unknown": "the unit is not known for this analyte",
    "implausible": "the value is implausible in this unit",
    "cancelled": "the laboratory cancelled the result",
    "entered_in_error": "the result was entered in error",
}
"""Why an observation is kept but never judged, in the order in which reasons are tried."""
QUALITIES = ("clumped", "hemolyzed", "insufficient")
VOID = ("cancelled", "entered_in_error")
"""Statuses of results that are never judged."""

_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_ALIKE = str.maketrans("µμ×∕⁄", "uux//")
_POWER = re.compile(r"10(?:\s+|\s*(?:\*\*|\*|\^|[eE]|exp|\()\s*)(\d{1,2})\s*\)?")
_LOST_POWER = re.compile(r"[xX]\s*10(\d{1,2})(?=\s*[/a-zA-Z])")
_TIMES = re.compile(r"^[xX]\s*(?=10\^|1000)")


class Canonical(NamedTuple):
    """An observation in the canonical unit of its analyte.

    `canonical_e6` is exact, times one million, without the comparator; it is kept for clumped, hemolyzed and
    insufficient specimens too, which are drawn but not judged (DEF-UNIT-07). `not_evaluable` is None when it may be
    judged.
    """

    canonical_e6: int | None
    comparator: str | None
    not_evaluable: str | None


@dataclass(frozen=True)
class Measure:
    """One analyte: its units, what is plausible (inclusive, canonical unit), what is usual (for hints).

    A reported 0 lies below `zero_below` where values are compared by their ratio (DEF-UNIT-08).
    """

    name: str
    unit: str
    plausible: tuple[Decimal, Decimal]
    usual: tuple[Decimal, Decimal]
    sentinels: frozenset[Decimal]
    units: tuple[Unit, ...]
    exact: dict[str, Unit] = field(repr=False)
    folded: dict[str, Unit] = field(repr=False)
    zero_below: Decimal

    def named(self, text: str) -> Unit | None:
        """The unit that `text` spells, or None."""
        key = fold(text)
        return self.exact.get(key) or self.folded.get(key.casefold())


@cache
def _volumes() -> list[tuple[re.Pattern[str], str]]:
    names = {"microliter": "uL", "micromole": "umol", "microkatal": "ukat"}
    return [
        (re.compile(rf"(?<![a-z]){re.escape(alias)}(?![a-z0-9])", re.IGNORECASE), names[name])
        for name, aliases in published_units().fold.items()
        for alias in sorted(aliases, key=len, reverse=True)
    ]


@cache
def fold(text: str) -> str:
    """`text` without what does not change a unit: hidden characters, spaces, superscripts, micro sign, mm3.

    Case is kept: G/L (giga) and g/L (gram) differ.
    """
    visible = "".join(
        " " if unicodedata.category(character) == "Zs" else character
        for character in text
        if unicodedata.category(character) not in ("Cf", "Cc")
    )
    visible = re.sub(r"\{[^}]*\}", "", visible)
    visible = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda found: "^" + found[0].translate(_SUPERSCRIPT), visible)
    visible = (
        visible.replace("µ", "u").replace("μ", "u").replace("×", "x").replace("∕", "/").replace("⁄", "/")
    )
    visible = re.sub(r"(?:^|\s)per\s+", "/", visible, flags=re.IGNORECASE)
    visible = _LOST_POWER.sub(r"10^\1", _POWER.sub(r"10^\1", visible))
    visible = "".join(_TIMES.sub("", visible.strip()).split())
    for pattern, unit in _volumes():
        visible = pattern.sub(unit, visible)
    return visible


def _measure(analyte: Analyte) -> Measure:
    exact: dict[str, Unit] = {}
    folded: dict[str, Unit] = {}
    for unit, spellings, as_written in analyte.units:
        spelled = [(folded, fold(spelling).casefold()) for spelling in spellings]
        for known, key in spelled + [(exact, fold(spelling)) for spelling in as_written]:
            if known.setdefault(key, unit) is not unit:
                raise ValueError(f"units.toml: {key!r} spells two units of {analyte.name}")
    return Measure(
        analyte.name,
        analyte.unit,
        analyte.plausible,
        analyte.usual,
        frozenset([*published_units().sentinels, *analyte.sentinels]),
        tuple(unit for unit, _, _ in analyte.units),
        exact,
        folded,
        analyte.zero_below,
    )


@cache
def measures() -> dict[str, Measure]:
    """Every analyte by name. Raises ValueError if a spelling names two units of one analyte."""
    return {analyte.name: _measure(analyte) for analyte in published_units().analytes}


def sentinel_dates() -> frozenset[str]:
    """ISO dates that systems write for 'no date'."""
    return published_units().sentinel_dates


def citrate_factor() -> Decimal:
    """By what a platelet count in citrate is multiplied for the dilution (DEF-ITP-13)."""
    return published_units().citrate_factor


def jump_factor() -> int:
    """How far apart two neighboring values of a patient are before one of them is doubted (DEF-UNIT-08)."""
    return published_units().jump_factor


def in_micro(value: Decimal) -> int:
    """`value` times one million, cut towards zero, so that nothing is ever lifted over a threshold."""
    return int((value * MICRO).to_integral_value(rounding=ROUND_DOWN))


def _counts_cells(analyte: str | None, unit: str | None) -> bool:
    """Whether a unit counts single cells, so that its numbers have no decimals."""
    measure = measures().get(analyte or "")
    named = measure.named(unit) if measure and unit else None
    return named is not None and named.whole


def marks_for(analyte: str | None, unit: str | None, marks: Marks) -> Marks:
    """The marks under which a value in `unit` is read: a unit that counts single cells has no decimals."""
    return marks.for_whole_units() if _counts_cells(analyte, unit) else marks


def marks_of_cells(
    cells: Iterable[tuple[str | None, str | None, str | None]], said: Marks | None = None
) -> Marks:
    """The marks that the cells (number, analyte, unit) of one file or block prove together (DEF-UNIT-04).

    `said` are marks that a mapping declares. Raises Contradiction where two cells, or a cell and the mapping, cannot
    be written in one way.
    """
    whole: list[str | None] = []
    others: list[str | None] = []
    for text, analyte, unit in cells:
        (whole if _counts_cells(analyte, unit) else others).append(text)
    return marks_of(others, whole, said)


def canonical(
    analyte: str,
    value: str | None,
    unit: str | None,
    specimen: str | None = None,
    quality: str | None = None,
    *,
    marks: Marks = UNDECIDED,
) -> Canonical:
    """The canonical value of a number as written, or why it may not be judged.

    `analyte` is one of `measures()`; `value` as written (`150`, `12,4`, `<5`); `unit` as written; a `citrate`
    platelet count is multiplied by the dilution factor (DEF-ITP-13). Raises Ambiguous (DEF-UNIT-04).
    """
    if value is None or not value.strip():
        return Canonical(None, None, quality if quality in QUALITIES else "missing")
    return measure(analyte, read_number(value, marks_for(analyte, unit, marks)), unit, specimen, quality)


def measure(
    analyte: str,
    number: Number | None,
    unit: str | None,
    specimen: str | None = None,
    quality: str | None = None,
) -> Canonical:
    """The canonical value of a number that was read (None: what was written is none), or why it may not be judged."""
    known = measures()[analyte]
    spoiled = quality if quality in QUALITIES else None
    named = known.named(unit) if unit and unit.strip() else None
    if number is None:
        return Canonical(None, None, spoiled or "unreadable")
    if number.value in known.sentinels:
        return Canonical(None, None, spoiled or "sentinel")
    if named is None:
        reason = "unit_unknown" if unit and unit.strip() else "unit_missing"
        return Canonical(None, number.comparator, spoiled or reason)
    exact = number.value * named.factor
    if analyte == "platelets" and specimen == CITRATE:
        exact *= citrate_factor()
    low, high = known.plausible
    if not low <= exact <= high:
        return Canonical(None, number.comparator, spoiled or "implausible")
    return Canonical(in_micro(exact), number.comparator, spoiled)


def usual_units(analyte: str, number: Number | None) -> list[str]:
    """The canonical names of units in which a number would be usual: a hint for people, not for judging."""
    if number is None:
        return []
    known = measures()[analyte]
    low, high = known.usual
    return [unit.name for unit in known.units if low <= number.value * unit.factor <= high]


def likely_units(analyte: str, value: str | None, marks: Marks = UNDECIDED) -> list[str]:
    """The same of a number as written. Raises Ambiguous."""
    return usual_units(analyte, read_number(value, marks) if value else None)


def scale_grades() -> Mapping[str, tuple[int, int]]:
    """Lowest and highest grade of each bleeding scale."""
    return published_units().grades
