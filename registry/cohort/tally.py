"""The cohort as counted by the database: small tables of combinations, and how often each occurs."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from registry import sql, statistics
from registry.database import Database

Row = Mapping[str, Any]
Keep = Callable[[Row], bool]

FIRST_LINE_CLASSES = frozenset({"STEROID", "IVIG"})
"""Corticosteroid, immunoglobulin, or both: the first line of the published cohort."""


@cache
def severe_grade() -> int:
    """The CTCAE grade from which an adverse event is severe; severe is not the same as serious."""
    table = tomllib.loads((files("adjudication.published") / "adverse-events.toml").read_text("utf-8"))
    return int(table["severe"]["from_grade"])


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

    @classmethod
    def of(
        cls,
        db: Database,
        *,
        sites: Collection[str] | None,
        itp: str,
        aiha: str,
        classes: Sequence[str],
    ) -> Tally:
        """Count the patients of `sites` (None: all) as judged by the criteria `itp` and `aiha`."""
        plan = {
            "sites": None if sites is None else sorted(sites),
            "itp": itp,
            "aiha": aiha,
            "classes": list(classes),
            "severe": severe_grade(),
        }
        tables = cls.__dataclass_fields__
        return cls(
            **{name: db.arrow(sql.text(f"queries/summary_{name}"), [plan]).to_pylist() for name in tables}
        )


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
