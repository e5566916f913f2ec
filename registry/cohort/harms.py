"""Adverse events of a regimen: how many, how grave, how often per 100 person-months, and how far due to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from registry import statistics
from registry.cohort.groups import Row, by_size, regimen_of
from registry.statistics import DAYS_PER_MONTH, Rate, round_half_up

PER = 100.0
"""Person-months."""


@dataclass(frozen=True)
class Harm:
    """The events in the time of the courses of a regimen (DEF-AE-02).

    `related` of the `events` were held to be at least possibly due to the course, `outside` more are attributed to
    one but began outside of its time. `grades` counts by CTCAE grade, None for those without.
    """

    disease: str
    label: str
    courses: int
    patients: int
    months: float
    patients_with_event: int
    events: int
    severe: int
    related: int
    severe_related: int
    grades: Mapping[int | None, int]
    outside: int

    @property
    def n(self) -> int:
        return self.courses

    @property
    def rate(self) -> Rate:
        """All events per 100 person-months, exact Poisson interval."""
        return statistics.poisson_rate(self.events, self.months, PER)

    @property
    def related_rate(self) -> Rate:
        """Events at least possibly due to the course, per 100 person-months."""
        return statistics.poisson_rate(self.related, self.months, PER)

    @property
    def severe_rate(self) -> Rate:
        """Severe events per 100 person-months."""
        return statistics.poisson_rate(self.severe, self.months, PER)

    def as_row(self) -> dict[str, Any]:
        """Plain values; rates to two decimals."""
        row: dict[str, Any] = {
            "disease": self.disease,
            "group": self.label,
            "courses": self.courses,
            "patients": self.patients,
            "person_months": round_half_up(self.months, 1),
            "patients_with_event": self.patients_with_event,
        }
        for name, count, rate in (
            ("events", self.events, self.rate),
            ("severe_events", self.severe, self.severe_rate),
            ("at_least_possible_events", self.related, self.related_rate),
        ):
            row[name] = count
            row[f"{name}_rate"] = None if rate.estimate is None else round_half_up(rate.estimate, 2)
            row[f"{name}_ci_low"] = None if rate.interval is None else round_half_up(rate.interval.low, 2)
            row[f"{name}_ci_high"] = None if rate.interval is None else round_half_up(rate.interval.high, 2)
        row["ci_method"] = "exact Poisson"
        row |= {f"grade_{grade}": self.grades[grade] for grade in range(1, 6)}
        return row | {"ungraded": self.grades[None], "attributed_outside_its_time": self.outside}


def harms(rows: Iterable[Row]) -> tuple[Harm, ...]:
    """Each disease and regimen, the most used first."""
    made = [
        Harm(
            disease=row["disease"],
            label=regimen_of(row | {"regimen": None if row["regimen"] == "unknown" else row["regimen"]}),
            courses=row["courses"],
            patients=row["patients"],
            months=row["days"] / DAYS_PER_MONTH,
            patients_with_event=row["patients_with_event"],
            events=row["events"],
            severe=row["severe"],
            related=row["related"],
            severe_related=row["severe_related"],
            grades={grade: row[f"grade_{grade}"] for grade in range(1, 6)} | {None: row["ungraded"]},
            outside=row["outside"],
        )
        for row in map(dict, rows)
    ]
    return tuple(sorted(made, key=by_size))
