"""The cohort as counted by the database: small tables of combinations, and how often each occurs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registry import sql, statistics
from registry.store.snapshot import Snapshot

Row = Mapping[str, Any]
Keep = Callable[[Row], bool]

FIRST_LINE_CLASSES = frozenset({"STEROID", "IVIG"})
"""Corticosteroid, immunoglobulin, or both: the first line of the published cohort."""


@dataclass(frozen=True)
class Tally:
    """Tables of the queries `summary_*`: each row is a combination, its `number` says how many share it."""

    patients: Sequence[Row]
    diseases: Sequence[Row]
    courses: Sequence[Row]
    regimens: Sequence[Row]
    durations: Sequence[Row]
    nadirs: Sequence[Row]
    follow_up: Sequence[Row]
    exposures: Sequence[Row]
    denominators: Sequence[Row]
    events: Sequence[Row]
    grafts: Sequence[Row]
    off_treatment: Sequence[Row]
    off_days: int

    @classmethod
    def of(cls, snapshot: Snapshot) -> Tally:
        """Count the patients of a cohort, which `snapshot` keeps (see registry.cohort.cohort_tables)."""
        named = {name: f"summary_{name}" for name in cls.__dataclass_fields__ if name != "off_days"}
        named["off_treatment"] = "cohort_off_treatment"
        tables = {
            name: snapshot.arrow(sql.text(f"queries/{query}")).to_pylist() for name, query in named.items()
        }
        ((off_days,),) = snapshot.rows("SELECT off_days FROM plan")
        return cls(**tables, off_days=off_days)


def total(rows: Sequence[Row], keep: Keep = lambda _: True) -> int:
    """How many share the combinations for which `keep` holds."""
    return sum(row["number"] for row in rows if keep(row))


def where(**wanted: object) -> Keep:
    """Keeps the combinations in which every named column has the wanted value: `where(disease="ITP")`."""
    return lambda row: all(row[name] == value for name, value in wanted.items())


def at_least(lines: int) -> Keep:
    """Keeps the patients who needed so many lines."""
    return lambda row: row["lines"] >= lines


def values(rows: Sequence[Row], name: str, keep: Keep = lambda _: True) -> NDArray[np.float64]:
    """The values of column `name`, each as often as it occurs; what is not known is left out."""
    kept = [row for row in rows if keep(row) and row[name] is not None]
    return np.repeat(
        np.array([float(row[name]) for row in kept]), np.array([row["number"] for row in kept], np.int64)
    )


def months(days: NDArray[np.float64]) -> NDArray[np.float64]:
    """Days as months of statistics.DAYS_PER_MONTH."""
    return days / statistics.DAYS_PER_MONTH


def is_first_line(regimen: str | None) -> bool:
    """True for corticosteroid, immunoglobulin or both."""
    return regimen is not None and set(regimen.split("+")) <= FIRST_LINE_CLASSES


def slug(regimen: str) -> str:
    """A regimen as part of an id: `RITUXIMAB+TPO_RA` -> `rituximab_tpo_ra`."""
    return regimen.lower().replace("+", "_")
