"""Which groups that stand side by side must not be ranked: those whose intervals overlap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

NAMED = 6
"""More pairs than this are counted, not named."""
NOT_BY_CHANCE = "Patients were not assigned by chance, so no difference here is an effect."


@dataclass(frozen=True)
class Side:
    """One group and the limits of its interval, in any one unit."""

    label: str
    low: float
    high: float


def overlapping(sides: Sequence[Side]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The pairs whose intervals overlap (touching limits do), and the pairs whose do not."""
    together: list[tuple[str, str]] = []
    apart: list[tuple[str, str]] = []
    for one, other in combinations(sides, 2):
        pair = (one.label, other.label)
        (together if one.low <= other.high and other.low <= one.high else apart).append(pair)
    return together, apart


def not_to_be_ranked(sides: Sequence[Side], what: str) -> str:
    """What stands where groups stand side by side; empty for fewer than two. `what` is their plural.

    NOT_BY_CHANCE belongs below all that is said so.
    """
    together, apart = overlapping(sides)
    if not together and not apart:
        return ""
    if not apart:
        said = f"All intervals overlap: these {what} must not be ranked."
    elif not together:
        said = "No two of these intervals overlap."
    elif len(together) <= NAMED:
        said = f"Intervals overlap, so these must not be ranked: {_named(together)}."
    elif len(apart) <= NAMED:
        said = (
            f"{len(together)} of {len(together) + len(apart)} pairs overlap and must not be ranked: all but "
            f"{_named(apart)}."
        )
    else:
        said = f"{len(together)} of {len(together) + len(apart)} pairs overlap: those must not be ranked."
    return said


def _named(pairs: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{one} and {other}" for one, other in pairs)
