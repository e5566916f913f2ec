"""The numbers of human review, declared in `published/review.toml`, as the workflow uses them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib.resources import files
from math import ceil
from typing import Any

_PERCENT = 100
_ACCEPTS = {"accept": True, "review": False}


@dataclass(frozen=True)
class Beside:
    """A published figure that stands beside ours; `low` and `high` where an interval was published."""

    id: str
    label: str
    measure: str
    value: float
    low: float | None
    high: float | None
    citation: str
    doi: str


@dataclass(frozen=True)
class Rules:
    """Shares and rates are fractions, spans are days unless the name says weeks or minutes."""

    random_share: float
    near_threshold: Mapping[str, float]
    flags: frozenset[str]
    assumptions: frozenset[str]
    shift_weeks: int
    claim_days: int
    idle_minutes: int
    tolerance_days: int
    least_members: int
    most_members: int
    quorum: Fraction
    error_limit: float
    confidence: float
    resamples: int
    seed: int
    least_defined: float
    accepts_while_unknown: bool
    sparse_days: int
    beside: tuple[Beside, ...]
    readings: Mapping[str, str]

    def votes_needed(self, members: int) -> int:
        """How many of the members must have voted before the votes may be counted."""
        return ceil(self.quorum * members)

    def majority(self, members: int) -> int:
        """How many of the members must agree to decide: more than half of all of them."""
        return members // 2 + 1


@cache
def published_rules() -> Rules:
    """The rules of `published/review.toml`."""
    table = tomllib.loads((files("adjudication.published") / "review.toml").read_text("utf-8"))
    opening, auto = table["opening"], table["auto_accept"]
    return Rules(
        random_share=_share(opening["random_share_percent"]),
        near_threshold={analyte: _share(p) for analyte, p in opening["near_threshold_percent"].items()},
        flags=frozenset(opening["flags"]),
        assumptions=frozenset(opening["assumptions"]),
        shift_weeks=table["packet"]["shift_weeks"],
        claim_days=table["claim"]["days"],
        idle_minutes=table["claim"]["idle_minutes"],
        tolerance_days=table["consensus"]["tolerance_days"],
        least_members=table["committee"]["least_members"],
        most_members=table["committee"]["most_members"],
        quorum=Fraction(table["committee"]["quorum"]),
        error_limit=_share(auto["error_limit_percent"]),
        confidence=_share(auto["confidence_percent"]),
        resamples=table["agreement"]["resamples"],
        seed=table["agreement"]["seed"],
        least_defined=_share(table["agreement"]["least_defined_percent"]),
        accepts_while_unknown=_ACCEPTS[auto["while_unknown"]],
        sparse_days=table["agreement"]["sparse_days"],
        beside=tuple(_beside(row) for row in table["beside"]),
        readings={row["id"]: row["we"] for row in table["reading"]},
    )


def _share(percent: str) -> float:
    return float(percent) / _PERCENT


def _beside(row: Mapping[str, Any]) -> Beside:
    def number(name: str) -> float | None:
        return float(row[name]) if name in row else None

    return Beside(
        row["id"], row["label"], row["measure"], float(row["value"]), number("low"), number("high"),
        row["citation"], row.get("doi", ""),
    )  # fmt: skip
