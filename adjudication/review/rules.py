"""The numbers of human review, declared in `published/review.toml`, as the workflow uses them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from math import ceil

from adjudication.readings import readings_of
from adjudication.toml_table import Table, published

_PERCENT = 100
_MOST_MEMBERS, _MOST_WEEKS, _MOST_DAYS, _MOST_MINUTES, _MOST_RESAMPLES = 99, 520, 3_650, 1_440, 1_000_000
"""Beyond these a file is a slip of the pen."""


@dataclass(frozen=True)
class Beside:
    """A published figure that is beside ours; `low` and `high` where an interval was published."""

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


def parse(top: Table) -> Rules:
    """The rules in a file such as `review.toml`. Raises Unfit with every fault."""
    opening, auto, claim, committee, agreement = (
        top.table(key) for key in ("opening", "auto_accept", "claim", "committee", "agreement")
    )
    packet, consensus = top.table("packet"), top.table("consensus")
    near = opening.table("near_threshold_percent")
    for table in (opening, auto, claim, committee, agreement, packet, consensus):
        table.take("cite", str)
    least = committee.number("least_members", 3, _MOST_MEMBERS)
    rules = Rules(
        random_share=_share(opening, "random_share_percent"),
        near_threshold={analyte: _share(near, analyte) for analyte in near.values},
        flags=frozenset(opening.texts("flags")),
        assumptions=frozenset(opening.texts("assumptions")),
        shift_weeks=packet.number("shift_weeks", 1, _MOST_WEEKS),
        claim_days=claim.number("days", 1, _MOST_DAYS),
        idle_minutes=claim.number("idle_minutes", 1, _MOST_MINUTES),
        tolerance_days=consensus.number("tolerance_days", 0, _MOST_DAYS),
        least_members=least,
        most_members=committee.number("most_members", least, _MOST_MEMBERS),
        quorum=committee.fraction("quorum"),
        error_limit=_share(auto, "error_limit_percent"),
        confidence=_share(auto, "confidence_percent"),
        resamples=agreement.number("resamples", 1, _MOST_RESAMPLES),
        seed=agreement.take("seed", int),
        least_defined=_share(agreement, "least_defined_percent"),
        accepts_while_unknown=auto.one_of("while_unknown", ("accept", "review")) == "accept",
        sparse_days=agreement.number("sparse_days", 1, _MOST_DAYS),
        beside=tuple(_beside(row) for row in top.tables("beside")),
        readings={reading.id: reading.we for reading in readings_of(top)},
    )
    top.finish()
    return rules


@cache
def published_rules() -> Rules:
    """The rules of `published/review.toml`."""
    return parse(published("review"))


def _share(table: Table, key: str) -> float:
    percent = table.decimal(key)
    if not 0 <= percent <= _PERCENT:
        table.wrong(f"{key} must be a share from 0 to 100, not {percent}", key)
    return float(percent) / _PERCENT


def _beside(row: Table) -> Beside:
    def number(key: str) -> float | None:
        return float(row.decimal(key)) if key in row.values else None

    return Beside(
        row.take("id", str), row.take("label", str), row.take("measure", str), float(row.decimal("value")),
        number("low"), number("high"), row.take("citation", str), row.take("doi", str, ""),
    )  # fmt: skip
