"""How the story of a synthetic patient is planned: what the patient went through, course by course.

A plan says which counts to make, never what to conclude: no level, date of loss or figure is stored from it.
All times are days; a patient's day 0 is the onset of the first cytopenia.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from registry.statistics import DAYS_PER_MONTH

Outcome = Literal["held", "lost", "failed", "unclear"]
"""What became of the counts: a response that was held or lost, none, or none that can be told."""


def months(number: float) -> int:
    """The first whole day on which `number` months are complete."""
    return math.ceil(number * DAYS_PER_MONTH)


@dataclass(frozen=True, kw_only=True)
class Rescue:
    """On-demand therapy on `day` of the course."""

    day: int
    agent: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Course:
    """One line of therapy and what the counts did under it.

    `onset` and `complete` are the days of the course on which the count first reached response and complete
    response (`complete` None = never). `lasts` counts from `onset` to the loss or to the last count; None =
    to the end of follow-up. Without response the course was `tried` for so many days before the next began.
    `wait` is from the loss before (from the episode's onset for the first line) to this start. `stopped` is
    the day of the last dose where the regimen does not fix it.
    """

    regimen: str
    outcome: Outcome
    wait: int = 6
    onset: int = 0
    complete: int | None = None
    lasts: int | None = None
    tried: int = 0
    stopped: int | None = None
    ongoing: bool = False
    stop_reason: str = ""
    rescues: tuple[Rescue, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Episode:
    """One cytopenia: `nadir` is the lowest count (platelets 10*9/L or hemoglobin g/L), met at diagnosis."""

    disease: Literal["ITP", "AIHA"]
    nadir: int
    courses: tuple[Course, ...]
    onset: int = 0
    platelets_given_on: int | None = None
    red_cells_given_on: tuple[int, ...] = ()
    worst_bleed: int = 1
    other_causes: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Event:
    """An adverse event at a share `at` of the follow-up."""

    category: str
    term: str
    grade: int
    at: float = 0.4


@dataclass(frozen=True, kw_only=True)
class Patient:
    """One synthetic patient. `gap` and `follow_up` are days from alemtuzumab to onset, and from onset on;
    `follow_up` None = a few days beyond the last count that the last course was planned to have."""

    number: int
    sex: Literal["female", "male"]
    age: int
    gap: int
    follow_up: int | None
    episodes: tuple[Episode, ...]
    death_cause: str | None = None
    events: tuple[Event, ...] = ()

    @property
    def patient_id(self) -> str:
        return f"SYN-{self.number:03d}"
