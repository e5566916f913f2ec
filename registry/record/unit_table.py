"""The table of units as `adjudication/published/units.toml` has it: analytes, spellings, grades and single numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from adjudication.readings import readings_of
from adjudication.toml_table import Table, published


@dataclass(frozen=True)
class Unit:
    """One unit of one analyte: `factor` times a value in it is the value in the canonical unit."""

    name: str
    factor: Decimal
    whole: bool
    cite: str


@dataclass(frozen=True)
class Analyte:
    """One analyte: ranges (inclusive) and `zero_below` in its canonical unit, and each unit with its spellings.

    The first spellings of a unit are read in any case, the second ones exactly as written.
    """

    name: str
    unit: str
    plausible: tuple[Decimal, Decimal]
    usual: tuple[Decimal, Decimal]
    zero_below: Decimal
    sentinels: tuple[Decimal, ...]
    units: tuple[tuple[Unit, tuple[str, ...], tuple[str, ...]], ...]


@dataclass(frozen=True)
class UnitTable:
    """The whole file. `fold` has the spellings of one volume or prefix, `grades` the lowest and highest by scale."""

    analytes: tuple[Analyte, ...]
    fold: Mapping[str, tuple[str, ...]]
    sentinels: tuple[Decimal, ...]
    sentinel_dates: frozenset[str]
    citrate_factor: Decimal
    jump_factor: int
    grades: Mapping[str, tuple[int, int]]


def parse(top: Table) -> UnitTable:
    """The table of units. Raises Unfit with every fault."""
    top.table("source").open(str)
    parts = {key: top.table(key) for key in ("jump", "specimen", "sentinel")}
    for part in parts.values():
        part.take("cite", str)
    fold = top.table("fold")
    readings_of(top)
    found = UnitTable(
        tuple(_analyte(row) for row in top.tables("analyte")),
        {key: fold.texts(key) for key in ("microliter", "micromole", "microkatal")},
        parts["sentinel"].decimals("numbers"),
        frozenset(parts["sentinel"].texts("dates")),
        parts["specimen"].decimal("citrate_platelets_factor"),
        parts["jump"].number("factor", 2, 1_000_000),
        {row.take("name", str): _grades(row) for row in top.tables("scale")},
    )
    top.finish()
    return found


def _analyte(row: Table) -> Analyte:
    return Analyte(
        row.take("name", str),
        row.take("canonical", str),
        _range(row, "plausible"),
        _range(row, "usual"),
        row.decimal("zero_below"),
        row.decimals("sentinels"),
        tuple(_unit(unit) for unit in row.tables("unit")),
    )


def _unit(row: Table) -> tuple[Unit, tuple[str, ...], tuple[str, ...]]:
    unit = Unit(
        row.take("is", str), row.decimal("factor"), row.take("whole", bool, False), row.take("cite", str)
    )
    return unit, row.texts("spellings"), row.texts("exact", [])


def _range(row: Table, key: str) -> tuple[Decimal, Decimal]:
    ends = row.decimals(key)
    if len(ends) != 2 or ends[0] > ends[1]:
        row.wrong(f"{key} must be the lowest and the highest", key)
        return Decimal(0), Decimal(0)
    return ends[0], ends[1]


def _grades(row: Table) -> tuple[int, int]:
    row.take("cite", str)
    grades = row.take("grades", list)
    if len(grades) != 2 or not all(type(grade) is int for grade in grades):
        row.wrong("grades must be the lowest and the highest, as whole numbers", "grades")
        return 0, 0
    return grades[0], grades[1]


@cache
def published_units() -> UnitTable:
    """The table that comes with the registry."""
    return parse(published("units"))
