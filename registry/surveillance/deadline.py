"""How long what a finding demands may still wait, or by how much it was missed, seen at a moment.

From which moment the hours run is READ-SURV-18 of the protocol's file. All times are those of the clock on the wall.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from registry.wording import clock, page_weekday

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
IN_HOURS = timedelta(hours=72)
"""Longer spans are said in days."""


@dataclass(frozen=True)
class Deadline:
    """`by` is the first moment that is too late, `now` the moment at which it is looked at.

    `at_once`: it is to be done now, and missed when the day of the finding has ended.
    """

    by: datetime
    now: datetime
    at_once: bool

    @property
    def missed(self) -> bool:
        """Whether it is too late."""
        return self.now >= self.by

    def passed_on(self, day: date) -> bool:
        """Whether it is too late from the beginning of a day on."""
        return datetime.combine(day, time()) >= self.by

    @property
    def when(self) -> str:
        """`Thu 2 Apr 2026 14:30`, or `the end of Thu 2 Apr 2026`."""
        if self.by.time() == time():
            return f"the end of {page_weekday((self.by - HOUR).date())}"
        return f"{page_weekday(self.by.date())} {clock(self.by)}"

    @property
    def text(self) -> str:
        """`by Thu 2 Apr 2026 14:30, 31 h left`, `now`, or `missed by 5 h`."""
        if self.missed:
            late = self.now - self.by
            return f"missed by {span(late)}" if late >= MINUTE else "missed"
        return "now" if self.at_once else f"by {self.when}, {span(self.by - self.now)} left"


def deadline(row: Mapping[str, Any], now: datetime) -> Deadline | None:
    """The deadline of a row of the worklist; None where nothing is demanded, or what is demanded was dealt with."""
    if row["act_by"] is None or row["settled"] or row["removed"]:
        return None
    return Deadline(row["act_by"], now, row["within_hours"] == 0)


def span(length: timedelta) -> str:
    """`50 min`, `31 h`, from 72 hours on `9 days`; rounded down."""
    if length < HOUR:
        return f"{length // MINUTE} min"
    if length < IN_HOURS:
        return f"{length // HOUR} h"
    return f"{length.days} days"
