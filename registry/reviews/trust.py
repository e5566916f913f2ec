"""How often the machine errs where it does not doubt, from the random share, and whether it may go on accepting."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from adjudication.review_rules import Rules, published_rules
from registry import sql
from registry.reviews.secret import Read


@dataclass(frozen=True)
class Trust:
    """Errors among the calls that were drawn from those the machine would have accepted, and decided.

    `low` and `high` bound the error rate (Clopper-Pearson). `needed` = how many must be read without an error for the
    upper bound to be below the limit. `accepts` = whether the machine may accept calls by itself (DEF-REV-12).
    """

    errors: int
    decided: int
    low: float
    high: float
    confidence: float
    limit: float
    needed: int
    accepts: bool
    words: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return vars(self)


def trust(read: Read) -> Trust:
    """The running error rate of accepted calls."""
    [(errors, decided)] = read(sql.text("queries/review_errors"), [])
    return judged(int(errors), int(decided), published_rules())


def judged(errors: int, decided: int, rules: Rules) -> Trust:
    """What so many errors among so many decided draws mean."""
    tail = (1 - rules.confidence) / 2
    needed = math.ceil(math.log(tail) / math.log1p(-rules.error_limit))
    low, high = 0.0, 1.0
    if decided:
        from registry.statistics import exact_interval

        found = exact_interval(errors, decided, rules.confidence)
        assert found is not None  # noqa: S101 -- something was decided
        low, high = found.low, found.high
    unknown = errors == 0 and decided < needed
    accepts = unknown or high <= rules.error_limit
    if unknown:
        words = f"Not known yet: {decided} of {needed} draws are decided, none in error. The machine accepts calls."
    elif accepts:
        words = "The upper bound lies within the limit. The machine accepts calls."
    else:
        words = "The upper bound exceeds the limit. The machine accepts no call by itself: every call opens a case."
    return Trust(errors, decided, low, high, rules.confidence, rules.error_limit, needed, accepts, words)
