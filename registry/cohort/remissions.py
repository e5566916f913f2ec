"""Sustained remission off treatment: how long it was held from the last dose on, and what is known of it so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from registry import statistics
from registry.cohort.groups import Row, percent, regimen_of
from registry.statistics import Curve, Interval

THRESHOLDS = ("srot30", "srot50")


@dataclass(frozen=True)
class Remission:
    """Of `stopped` courses of a regimen, stopped in response, `known` can be told at this threshold and `k` held.

    `name` is that of the threshold in the criteria (DEF-TFR-01). `curve` is the Kaplan-Meier estimate from the last
    dose in days, in which what is not yet known counts for as long as it was seen; `days` after the last dose it is
    read off.
    """

    disease: str
    label: str
    name: str
    stopped: int
    known: int
    k: int
    days: int
    curve: Curve

    @property
    def interval(self) -> Interval | None:
        """Clopper-Pearson, 95 %, of what is known so far."""
        return statistics.exact_interval(self.k, self.known)

    @property
    def kept(self) -> tuple[float, float | None, float | None] | None:
        """(share, low, high) held for more than `days` after the last dose; None where nobody was observed so long."""
        return self.curve.kept(self.days)

    @property
    def lost(self) -> int:
        """How many were lost at any time."""
        return int(self.curve.events.sum())

    def as_row(self) -> dict[str, Any]:
        """Plain values; shares in percent."""
        interval = self.interval
        row: dict[str, Any] = {
            "disease": self.disease,
            "group": self.label,
            "measure": self.name,
            "n": self.curve.n,
            "lost": self.lost,
        }
        for name, value in zip(("", "_ci_low", "_ci_high"), self.kept or (None, None, None), strict=True):
            row[f"kept_{self.days}_days{name}"] = None if value is None else percent(value)
        return row | {
            "kept_ci_method": self.curve.method,
            "held": self.k,
            "known": self.known,
            "percent": percent(self.k / self.known) if self.known else None,
            "ci_low_percent": percent(interval.low) if interval else None,
            "ci_high_percent": percent(interval.high) if interval else None,
            "ci_method": interval.method if interval else None,
            "stopped_in_response": self.stopped,
            "not_yet_known": self.stopped - self.known,
        }


def remissions(rows: Iterable[Row], lasting: Iterable[Row], days: int) -> tuple[Remission, ...]:
    """Both thresholds of each disease and regimen; `lasting` are the rows of cohort_off_treatment."""
    times: dict[tuple[str, str | None, str], list[Row]] = {}
    for row in lasting:
        times.setdefault((row["disease"], row["regimen"], row["name"]), []).append(row)
    return tuple(
        Remission(
            row["disease"],
            regimen_of(row),
            name,
            row["stopped"],
            row[f"{name}_held"] + row[f"{name}_lost"],
            row[f"{name}_held"],
            days,
            off_treatment_curve(times.get((row["disease"], row["regimen"], name), [])),
        )
        for row in rows
        for name in THRESHOLDS
    )


def off_treatment_curve(rows: Sequence[Row]) -> Curve:
    """Kaplan-Meier curve in days from the last dose of rows with `days`, `lost` and `number`."""
    number = np.array([row["number"] for row in rows], np.int64)
    days = np.repeat(np.array([row["days"] for row in rows], float), number)
    lost = np.repeat(np.array([row["lost"] for row in rows], bool), number)
    return statistics.kaplan_meier(days, lost)
