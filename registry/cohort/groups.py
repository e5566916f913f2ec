"""Response to the courses of one group, as k of n with its exact interval, and what of n could not be judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adjudication.agents import regimen_word
from registry import statistics
from registry.patients.call_facts import FIXED_TIMES
from registry.record.lines import line_words
from registry.statistics import Interval

Row = Mapping[str, Any]

NOT_RECORDED = "not recorded"
_ORDER = {"ITP": 0, "AIHA": 1}


@dataclass(frozen=True)
class Group:
    """`k` of `n` courses brought a response, `complete` of them a complete one; of `decided` of the n people said so.

    Not evaluable and not judged courses are part of n and count as not responding (DEF-STAT-01). Outside n are
    `not_yet_assessable` courses, too early to be judged, and `followed` ones, which started in response and of which
    `maintained` kept it (DEF-ITP-21, DEF-LINE-07).
    """

    disease: str
    label: str
    k: int
    n: int
    complete: int
    not_evaluable: int
    not_judged: int
    decided: int
    not_yet_assessable: int = 0
    followed: int = 0
    maintained: int = 0

    @property
    def interval(self) -> Interval | None:
        """Clopper-Pearson, 95 %."""
        return statistics.exact_interval(self.k, self.n)

    def as_row(self) -> dict[str, Any]:
        """Plain values; the share and its limits in percent, rounded half up to one decimal."""
        interval = self.interval
        known = self.n - self.not_evaluable - self.not_judged
        return {
            "disease": self.disease,
            "group": self.label,
            "responded": self.k,
            "courses": self.n,
            "percent": percent(self.k / self.n) if self.n else None,
            "ci_low_percent": percent(interval.low) if interval else None,
            "ci_high_percent": percent(interval.high) if interval else None,
            "ci_method": interval.method if interval else None,
            "complete": self.complete,
            "evaluable": known,
            "not_evaluable": self.not_evaluable,
            "not_judged": self.not_judged,
            "decided": self.decided,
            "not_yet_assessable": self.not_yet_assessable,
            "started_in_response": self.followed,
            "maintained": self.maintained,
        }


def percent(share: float) -> float:
    """A share of 1 in percent, one decimal, rounded half up."""
    return statistics.round_half_up(100 * share, 1)


def by_regimen(rows: Iterable[Row]) -> tuple[Group, ...]:
    """Each disease and regimen, the most used first."""
    return _grouped(rows, regimen_of)


def by_line(rows: Iterable[Row]) -> tuple[Group, ...]:
    """Each disease and line, the first line first."""
    return _grouped(rows, line_of, sort=lambda group: (_ORDER.get(group.disease, 9), group.label))


def fixed_time(row: Row) -> dict[str, Any]:
    """An outcome at a fixed time of one regimen: k of the n courses with a count then, shares in percent."""
    interval = statistics.exact_interval(row["k"], row["n"])
    return {
        "group": regimen_of(row),
        "measure": row["measure"],
        "outcome": FIXED_TIMES[row["measure"]].capitalize(),
        "k": row["k"],
        "n": row["n"],
        "percent": percent(row["k"] / row["n"]) if row["n"] else None,
        "ci_low_percent": percent(interval.low) if interval else None,
        "ci_high_percent": percent(interval.high) if interval else None,
        "ci_method": interval.method if interval else None,
        "not_assessable": row["not_assessable"],
    }


def regimen_of(row: Row) -> str:
    """The regimen of a row in words."""
    return regimen_word(row["regimen"]) if row["regimen"] else NOT_RECORDED


def line_of(row: Row) -> str:
    """The line of a row in words."""
    return line_words(row["line_number"])


def by_size(group: Any) -> tuple[Any, ...]:
    """ITP before AIHA, then the largest first, then by name: never by what came out."""
    return (_ORDER.get(group.disease, 9), -group.n, group.label)


def _grouped(
    rows: Iterable[Row], label: Callable[[Row], str], sort: Callable[[Group], Any] = by_size
) -> tuple[Group, ...]:
    members: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        members.setdefault((row["disease"], label(row)), []).append(row)
    groups = [
        Group(
            disease,
            name,
            _sum(mine, "responded"),
            _sum(mine, "courses"),
            _sum(mine, "complete"),
            _sum(mine, "not_evaluable"),
            _sum(mine, "not_judged"),
            _sum(mine, "decided"),
            _sum(mine, "not_yet_assessable"),
            _sum(mine, "followed"),
            _sum(mine, "maintained"),
        )
        for (disease, name), mine in members.items()
    ]
    return tuple(sorted(groups, key=sort))


def _sum(rows: Sequence[Row], name: str) -> int:
    return sum(int(row[name]) for row in rows)
