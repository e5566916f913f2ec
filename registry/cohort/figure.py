"""What a figure of a cohort is: a share, a count, a median, a curve's median or a rate, always with its unit.

A percentage never stands alone: it comes with k, n, the unit of both and the exact interval. Where a published
figure can be read in two ways both stand side by side: `printed` gives what was printed, `defensible` is what
we would print, and `difference` says what lies between them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

from registry import statistics
from registry.cohort.abstract import Reading, of_figure
from registry.statistics import round_half_up

Row = Mapping[str, Any]

NOT_KNOWN = "n/a"
_BESIDE = {
    "not_known": "not known",
    "not_yet_assessable": "not yet assessable",
    "not_assessable": "not assessable",
}
"""What is outside the whole of a share, in words."""


@dataclass(frozen=True)
class About:
    """What a figure is about: its label, and the unit of what it counts."""

    id: str
    label: str
    unit: str

    @property
    def number(self) -> int | None:
        """That of the published figure; None = not published."""
        known = of_figure(self.id)
        return known.number if known else None


@dataclass(frozen=True)
class Figure:
    """One line of the summary."""

    about: About
    _: KW_ONLY
    section: str = ""

    @property
    def reading(self) -> Reading | None:
        """How the published figure is read here, where it can be read in two ways."""
        known = of_figure(self.about.id)
        return known.reading if known else None

    def as_json(self) -> dict[str, Any]:
        """Plain values; what is not known is null."""
        return {
            "id": self.about.id,
            "seed_figure": self.about.number,
            "section": self.section,
            "label": self.about.label,
            "unit": self.about.unit,
            "reading": self.reading.kind if self.reading else None,
            "difference": self.reading.difference if self.reading else None,
            **self.values(),
        }

    def values(self) -> dict[str, Any]:
        """The numbers of the figure by name."""
        raise NotImplementedError

    def cells(self) -> tuple[str, str, str]:
        """The numbers as text: the figure, its percentage if it has one, its range or interval."""
        raise NotImplementedError


@dataclass(frozen=True)
class Share(Figure):
    """A part of a whole: `inside` are in the part, `outside` in the whole but not in the part.

    So no share can be larger than its whole. `not_evaluable` of the whole could not be judged and count against;
    of `not_known` more it cannot be told whether they belong to the part, `not_yet_assessable` more began too
    recently to be judged, and `not_assessable` more have no count on the days asked for: all are outside the whole.
    """

    inside: int
    outside: int
    not_evaluable: int | None = None
    not_known: int | None = None
    not_yet_assessable: int | None = None
    not_assessable: int | None = None

    def __post_init__(self) -> None:
        if self.inside < 0 or self.outside < 0:
            raise ValueError(f"{self.about.id}: neither side of a share can be below zero")

    @classmethod
    def of(
        cls,
        about: About,
        whole: Sequence[Row],
        part: Callable[[Row], bool],
        *,
        not_evaluable: int | None = None,
        not_known: int | None = None,
        not_yet_assessable: int | None = None,
        not_assessable: int | None = None,
    ) -> Self:
        """The share of `whole` for which `part` holds.

        Each row of `whole` stands for `number` identities (patients, courses or events) that stand in no other row, so
        the part is made of identities of the whole.
        """
        inside = sum(row["number"] for row in whole if part(row))
        outside = sum(row["number"] for row in whole) - inside
        return cls(
            about,
            inside,
            outside,
            not_evaluable=not_evaluable,
            not_known=not_known,
            not_yet_assessable=not_yet_assessable,
            not_assessable=not_assessable,
        )

    @property
    def k(self) -> int:
        """How many are in the part."""
        return self.inside

    @property
    def n(self) -> int:
        """How many are in the whole."""
        return self.inside + self.outside

    def values(self) -> dict[str, Any]:
        """k, n and the exact interval as fractions; percent rounded half up to what is printed."""
        interval = statistics.exact_interval(self.k, self.n)
        percent = 100 * self.k / self.n if self.n else None
        return {
            "k": self.k,
            "n": self.n,
            "ci_low": interval.low if interval else None,
            "ci_high": interval.high if interval else None,
            "ci_method": interval.method if interval else None,
            "ci_level": interval.level if interval else None,
            "percent": None if percent is None else float(_percent(percent, percent)),
            "not_evaluable": self.not_evaluable,
            **{name: getattr(self, name) for name in _BESIDE},
        }

    def cells(self) -> tuple[str, str, str]:
        """`12/15 courses`, `80.0 %`, `51.9–95.7 %, 1 NE`."""
        share = f"{self.k}/{self.n} {self.about.unit}"
        interval = statistics.exact_interval(self.k, self.n)
        numbers = ((getattr(self, name), words) for name, words in _BESIDE.items())
        apart = ", ".join(f"{number} more {words}" for number, words in numbers if number)
        if interval is None:
            return share, NOT_KNOWN, apart
        percent = 100 * self.k / self.n
        low, high = (_percent(100 * limit, percent) for limit in (interval.low, interval.high))
        known = "" if self.not_evaluable is None else f", {self.not_evaluable} NE"
        return (
            share,
            f"{_percent(percent, percent)} %",
            f"{low}–{high} %{known}{', ' if apart else ''}{apart}",
        )


@dataclass(frozen=True)
class Withheld(Figure):
    """A share that is not given, and why."""

    why: str

    def values(self) -> dict[str, Any]:
        """No number; `withheld` says why."""
        return {"k": None, "n": None, "ci_low": None, "ci_high": None, "percent": None, "withheld": self.why}

    def cells(self) -> tuple[str, str, str]:
        """`withheld` and why."""
        return "withheld", "", self.why


@dataclass(frozen=True)
class CurveShare(Figure):
    """The share of a Kaplan-Meier curve that lasts longer than `days`; None = nobody was observed so long."""

    days: int
    estimate: float | None
    low: float | None
    high: float | None
    lost: int
    n: int
    of: str
    median: float | None = None

    def values(self) -> dict[str, Any]:
        """Shares in percent, to one decimal; `lost` at any time; `median` days kept, None = not reached."""
        return {
            "n": self.n,
            "lost": self.lost,
            **{
                f"kept_{self.days}_days{name}": None if value is None else round_half_up(100 * value, 1)
                for name, value in (("", self.estimate), ("_ci_low", self.low), ("_ci_high", self.high))
            },
            "median": None if self.median is None else _plain(round_half_up(self.median)),
            "of": self.of,
            "method": "Kaplan-Meier",
            "ci_method": "log-log",
        }

    def cells(self) -> tuple[str, str, str]:
        """`n = 6 stopped courses`, `41.7 %`, `1.1–84.3 % (log-log), 2 lost`."""
        of = f"n = {self.n} {self.of}"
        if self.estimate is None:
            return of, NOT_KNOWN, f"nobody observed for {self.days} days, {self.lost} lost"
        interval = (
            ""
            if self.low is None or self.high is None
            else f"{round_half_up(100 * self.low, 1)}–{round_half_up(100 * self.high, 1)} % (log-log), "
        )
        return of, f"{round_half_up(100 * self.estimate, 1)} %", f"{interval}{self.lost} lost"


@dataclass(frozen=True)
class Count(Figure):
    """A number of things that is not a part of anything counted here."""

    number: int

    def values(self) -> dict[str, Any]:
        """k and n are both the number; a count has no interval."""
        return {"k": self.number, "n": self.number, "ci_low": None, "ci_high": None}

    def cells(self) -> tuple[str, str, str]:
        """`15 courses`."""
        return f"{self.number} {self.about.unit}", "", ""


@dataclass(frozen=True)
class Middle(Figure):
    """Plain median and range of `n` known values, in `unit`; printed with `digits` decimals where needed."""

    spread: statistics.Spread
    of: str
    digits: int = 0

    def values(self) -> dict[str, Any]:
        """median, low and high rounded as printed."""
        return {
            "median": self._shown(self.spread.median),
            "low": self._shown(self.spread.low),
            "high": self._shown(self.spread.high),
            "n": self.spread.n,
            "of": self.of,
            "method": "median and range",
        }

    def cells(self) -> tuple[str, str, str]:
        """`48 years`, ``, `range 20–69, n = 41 patients`."""
        if self.spread.n == 0:
            return NOT_KNOWN, "", f"n = 0 {self.of}"
        low, median, high = (
            self._shown(one) for one in (self.spread.low, self.spread.median, self.spread.high)
        )
        return f"{median} {self.about.unit}", "", f"range {low}–{high}, n = {self.spread.n} {self.of}"

    def _shown(self, value: float | None) -> float | int | None:
        return None if value is None else _plain(round_half_up(value, self.digits))


@dataclass(frozen=True)
class CurveMedian(Figure):
    """Median of a Kaplan-Meier curve with its interval and what the curve rests on."""

    median: statistics.Median
    events: int
    censored: int
    of: str
    method: str = "Kaplan-Meier"

    def values(self) -> dict[str, Any]:
        """median and limits are null where the curve does not reach them."""
        return {
            "median": self._shown(self.median.estimate),
            "ci_low": self._shown(self.median.low),
            "ci_high": self._shown(self.median.high),
            "ci_method": self.median.method,
            "n": self.events + self.censored,
            "events": self.events,
            "censored": self.censored,
            "of": self.of,
            "method": self.method,
        }

    def cells(self) -> tuple[str, str, str]:
        """`not reached`, ``, `95 % CI 14–not reached (log-log), n = 12 responses, 8 censored`."""
        n = self.events + self.censored
        if n == 0:
            return NOT_KNOWN, "", f"n = 0 {self.of}"
        low, high = (self._text(limit) for limit in (self.median.low, self.median.high))
        median = self._text(self.median.estimate)
        unit = "" if self.median.estimate is None else f" {self.about.unit}"
        tally = f"n = {n} {self.of}, {self.censored} censored"
        return f"{median}{unit}", "", f"95 % CI {low}–{high} ({self.median.method}), {tally}"

    @staticmethod
    def _shown(value: float | None) -> float | int | None:
        return None if value is None else _plain(round_half_up(value))

    def _text(self, value: float | None) -> str:
        return "not reached" if value is None else str(self._shown(value))


@dataclass(frozen=True)
class EventRate(Figure):
    """Events per 100 patient-years with the exact interval."""

    rate: statistics.Rate

    def values(self) -> dict[str, Any]:
        """The rate, its interval, and the events and patient-years it is made of."""
        interval = self.rate.interval
        return {
            "events": self.rate.events,
            "patient_years": round_half_up(self.rate.exposure, 1),
            "rate": None if self.rate.estimate is None else round_half_up(self.rate.estimate, 1),
            "ci_low": None if interval is None else interval.low,
            "ci_high": None if interval is None else interval.high,
            "ci_method": None if interval is None else interval.method,
        }

    def cells(self) -> tuple[str, str, str]:
        """`36.6 per 100 patient-years`, ``, `28.2–46.8, 64 events in 174.9 patient-years`."""
        interval = self.rate.interval
        if self.rate.estimate is None or interval is None:
            return NOT_KNOWN, "", "no follow-up"
        low, high = round_half_up(interval.low, 1), round_half_up(interval.high, 1)
        basis = f"{self.rate.events} events in {round_half_up(self.rate.exposure, 1)} patient-years"
        return f"{round_half_up(self.rate.estimate, 1)} {self.about.unit}", "", f"{low}–{high}, {basis}"


def _plain(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _percent(value: float, beside: float) -> str:
    """One decimal; two where the percentage it belongs to is below one."""
    digits = 2 if 0 < beside < 1 else 1
    return f"{round_half_up(value, digits):.{digits}f}"
