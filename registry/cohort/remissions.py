"""Sustained remission off treatment: what was held after a stop in response, of what is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from registry import statistics
from registry.cohort.groups import Row, percent, regimen_of
from registry.statistics import Interval

THRESHOLDS = ("srot30", "srot50")


@dataclass(frozen=True)
class Remission:
    """Of `stopped` courses of a regimen, stopped in response, `known` can be told at this threshold and `k` held.

    `name` is that of the threshold in the criteria (DEF-TFR-01).
    """

    disease: str
    label: str
    name: str
    stopped: int
    known: int
    k: int

    @property
    def interval(self) -> Interval | None:
        """Clopper-Pearson, 95 %."""
        return statistics.exact_interval(self.k, self.known)

    def as_row(self) -> dict[str, Any]:
        """Plain values; shares in percent."""
        interval = self.interval
        return {
            "disease": self.disease,
            "group": self.label,
            "measure": self.name,
            "held": self.k,
            "known": self.known,
            "percent": percent(self.k / self.known) if self.known else None,
            "ci_low_percent": percent(interval.low) if interval else None,
            "ci_high_percent": percent(interval.high) if interval else None,
            "ci_method": interval.method if interval else None,
            "stopped_in_response": self.stopped,
            "not_yet_known": self.stopped - self.known,
        }


def remissions(rows: Iterable[Row]) -> tuple[Remission, ...]:
    """Both thresholds of each disease and regimen."""
    return tuple(
        Remission(
            row["disease"],
            regimen_of(row),
            name,
            row["stopped"],
            row[f"{name}_held"] + row[f"{name}_lost"],
            row[f"{name}_held"],
        )
        for row in rows
        for name in THRESHOLDS
    )
