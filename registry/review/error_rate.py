"""How often the machine errs where it does not doubt, from the random share, and whether it may go on accepting."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from adjudication.review.rules import Rules, published_rules
from registry import sql
from registry.review.randomization import Read


@dataclass(frozen=True)
class Trust:
    """Errors among the calls that were drawn here from those the machine would have accepted, and decided.

    `low` and `high` bound the error rate (Clopper-Pearson). `waiting` draws are not decided yet, `in_dispute` of them
    wait for a third reader or a committee; `highest` is the upper bound if each of these were an error, and the one
    that switches: errors gather in disputes. `needed` = how many must be read without an error for the upper bound to
    be below the limit; until then, and before the first error, it is not `known`. `accepts` = whether the machine may
    accept calls by itself (DEF-REV-12).
    `in_dispute` and `highest` are None for whoever reviews anywhere: a dispute says that two have committed.
    """

    errors: int
    decided: int
    waiting: int
    in_dispute: int | None
    low: float
    high: float
    highest: float | None
    confidence: float
    limit: float
    needed: int
    known: bool
    accepts: bool
    words: str

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return vars(self)

    def for_a_reader(self) -> Trust:
        """Without what tells of disputes."""
        return replace(self, in_dispute=None, highest=None)


def trust(read: Read) -> Trust:
    """The running error rate of accepted calls."""
    [found] = read(sql.text("queries/review_errors"), [])
    errors, decided, waiting, in_dispute = (int(number) for number in found)
    return judged(errors, decided, published_rules(), waiting=waiting, in_dispute=in_dispute)


def judged(errors: int, decided: int, rules: Rules, *, waiting: int = 0, in_dispute: int = 0) -> Trust:
    """What so many errors among so many decided draws mean, while others wait, some of them in dispute."""
    tail = (1 - rules.confidence) / 2
    needed = math.ceil(math.log(tail) / math.log1p(-rules.error_limit))
    low, high = _interval(errors, decided, rules)
    _, highest = _interval(errors + in_dispute, decided + in_dispute, rules)
    known = errors > 0 or decided + in_dispute >= needed
    accepts = highest <= rules.error_limit if known else rules.accepts_while_unknown
    if not known:
        meanwhile = "calls are accepted without review" if accepts else "every call opens a case"
        words = (
            f"Not known yet: {decided} of {needed} sampled calls are decided, none in error. Until all are "
            f"decided, {meanwhile}."
        )
    elif accepts:
        words = "The upper bound is within the limit. Calls are accepted without review."
    else:
        words = "The upper bound exceeds the limit. Every call opens a case; none is accepted without review."
    return Trust(
        errors, decided, waiting, in_dispute, low, high, highest, rules.confidence, rules.error_limit, needed, known,
        accepts, words,
    )  # fmt: skip


def _interval(errors: int, of: int, rules: Rules) -> tuple[float, float]:
    """The exact interval of an error rate; anything is possible before the first."""
    if not of:
        return 0.0, 1.0
    from registry.statistics import exact_interval

    found = exact_interval(errors, of, rules.confidence)
    assert found is not None  # noqa: S101 -- something was read
    return found.low, found.high
