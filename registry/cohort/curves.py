"""How long something lasted, group by group: Kaplan-Meier curves with what they rest on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from registry import statistics
from registry.cohort.groups import Row, by_size, line_of, percent, regimen_of
from registry.statistics import DAYS_PER_MONTH, Curve, Median, round_half_up

By = Literal["regimen", "line", "disease"]
BY: Sequence[By] = ("regimen", "line", "disease")
LANDMARKS = (12, 24)
"""Months at which the curves are read off in tables."""


@dataclass(frozen=True)
class Arm:
    """One group: its curve in months, and what ended the time.

    `events` ended it, `censored` did not; `deaths` are part of the events where `death_ends` the time, else of the
    censored. `died` counts them at each time of the curve. `lost` is the share lost by each landmark with death
    competing (Aalen-Johansen), None where nobody was observed so long.
    """

    disease: str
    label: str
    n: int
    events: int
    censored: int
    deaths: int
    median: Median
    curve: Curve
    died: NDArray[np.int64]
    death_ends: bool
    lost: Mapping[int, float | None]

    @property
    def last(self) -> float:
        """The longest time observed, months."""
        return float(self.curve.time[-1]) if self.n else 0.0

    def before(self, month: float) -> tuple[int, int, int, int]:
        """(at risk just before `month`, and before it: censored alive, events alive, deaths); they add up to n."""
        upto = int(np.searchsorted(self.curve.time, month, side="left"))
        at_risk = int(self.curve.at_risk[upto]) if upto < self.curve.time.size else 0
        died = int(self.died[:upto].sum())
        censored, events = int(self.curve.censored[:upto].sum()), int(self.curve.events[:upto].sum())
        if self.death_ends:
            return at_risk, censored, events - died, died
        return at_risk, censored - died, events, died

    def kept(self, month: float) -> tuple[float, float | None, float | None] | None:
        """(share, low, high) that lasts longer than `month`; None where nobody was observed so long.

        A curve that has fallen to 0 is 0 for good, however long ago that was.
        """
        return self.curve.kept(month)

    def as_row(self) -> dict[str, Any]:
        """Plain values, months to one decimal, shares in percent."""
        row: dict[str, Any] = {
            "disease": self.disease,
            "group": self.label,
            "n": self.n,
            "events": self.events,
            "censored": self.censored,
            "deaths": self.deaths,
            "median_months": _months(self.median.estimate),
            "median_ci_low": _months(self.median.low),
            "median_ci_high": _months(self.median.high),
            "ci_method": self.median.method,
        }
        for month in LANDMARKS:
            kept = self.kept(month)
            for name, value in zip(("", "_ci_low", "_ci_high"), kept or (None, None, None), strict=True):
                row[f"kept_{month}_months{name}"] = None if value is None else percent(value)
            lost = self.lost[month]
            row[f"lost_{month}_months_aalen_johansen"] = None if lost is None else percent(lost)
        return row


def arms(rows: Iterable[Row], by: By, events: Collection[str]) -> tuple[Arm, ...]:
    """A curve for each group, the largest first within its disease.

    `rows` have disease, regimen, line_number, status, days and number (how many share them); a status among
    `events` ends the time, every other censors it. `death` is counted apart in both.
    """
    label: Callable[[Row], str] = {"regimen": regimen_of, "line": line_of, "disease": _disease}[by]
    members: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        members.setdefault((row["disease"], label(row)), []).append(row)
    made = [_arm(disease, name, mine, events) for (disease, name), mine in members.items()]
    return tuple(sorted(made, key=by_size))


def _disease(row: Row) -> str:
    return str(row["disease"])


def _arm(disease: str, label: str, rows: Sequence[Row], events: Collection[str]) -> Arm:
    number = np.array([row["number"] for row in rows], np.int64)
    months = np.repeat(np.array([row["days"] for row in rows], float) / DAYS_PER_MONTH, number)
    ended = np.repeat(np.array([row["status"] in events for row in rows], bool), number)
    died = np.repeat(np.array([row["status"] == "death" for row in rows], bool), number)
    curve = statistics.kaplan_meier(months, ended)
    at = np.searchsorted(curve.time, months[died])
    return Arm(
        disease=disease,
        label=label,
        n=int(number.sum()),
        events=int(ended.sum()),
        censored=int((~ended).sum()),
        deaths=int(died.sum()),
        median=curve.median(),
        curve=curve,
        died=np.bincount(at, minlength=curve.time.size).astype(np.int64),
        death_ends="death" in events,
        lost=_lost(months, ended, died, curve),
    )


def _lost(
    months: NDArray[np.float64], ended: NDArray[np.bool_], died: NDArray[np.bool_], curve: Curve
) -> dict[int, float | None]:
    """Share lost by each landmark where death competes; without deaths it is what the curve lost."""
    last = float(months.max(initial=0))
    causes = np.where(died, 2, np.where(ended, 1, 0))
    if died.any():
        incidence = statistics.cumulative_incidence(months, causes).at(LANDMARKS)
    else:
        incidence = 1 - curve.survival_at(LANDMARKS)
    # Once everybody has had the event or died, nothing more can be lost.
    settled = bool(months.size) and statistics.kaplan_meier(months, causes > 0).survival[-1] <= 0
    return {
        month: float(value) if month <= last or settled else None
        for month, value in zip(LANDMARKS, incidence, strict=True)
    }


def _months(value: float | None) -> float | None:
    return None if value is None else round_half_up(value, 1)


def median_words(median: Median) -> str:
    """`14.2 months (9.0–not reached)`, `not reached (20.1–not reached)`."""

    def said(value: float | None) -> str:
        return "not reached" if value is None else f"{round_half_up(value, 1):.1f}"

    unit = "" if median.estimate is None else " months"
    return f"{said(median.estimate)}{unit} ({said(median.low)}–{said(median.high)})"
