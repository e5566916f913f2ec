"""How long somebody has been at a case: the time between what they do, of each pause no more than declared."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from adjudication.review.rules import published_rules


@dataclass
class Attention:
    """Time spent on a case since it was last kept (DEF-REV-17). `at` is when the reader did something last, UTC."""

    at: datetime | None = None
    seconds: float = 0.0

    def act(self, now: datetime) -> None:
        """The reader does something now."""
        longest = timedelta(minutes=published_rules().idle_minutes)
        passed = now - self.at if self.at is not None else timedelta()
        self.seconds += max(timedelta(), min(passed, longest)).total_seconds()
        self.at = now

    def take(self) -> int:
        """The whole seconds so far, which are then counted elsewhere; a rest of a second stays."""
        whole = int(self.seconds)
        self.seconds -= whole
        return whole
