"""From dates to positions: the one time axis that every lane of a timeline shares."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from registry.patients.time_axis import Zero
from registry.wording import page_weekday

DAYS_PER_MONTH = 30.4375
DAYS_BEFORE_MONTHS = 730
"""Beyond two years an axis counted in days has labels of four figures; it is counted in months instead."""

BREAK_FACTOR = 4
"""A line of counts is broken where a gap is longer than this many expected intervals: three visits in a row
are then missing, and a straight line across them would claim values that nobody measured."""
SHORTEST_INTERVAL_DAYS = 14
"""The expected interval is never taken as shorter than a fortnight, so that a discharge from daily counts on
a ward does not tear the line."""
RHYTHM = 4
"""How many intervals on either side of a gap tell the rhythm of visits there."""


def segments(days: Sequence[int]) -> list[int]:
    """The piece of line that each count belongs to.

    `days` are ascending. The expected interval at a gap is the slower of the two rhythms beside it (median of
    up to `RHYTHM` intervals before, and after), at least `SHORTEST_INTERVAL_DAYS`; a gap of more than
    `BREAK_FACTOR` of them ends the piece.
    """
    gaps = [later - earlier for earlier, later in pairwise(days)]
    pieces, piece = [], 0
    for place in range(len(days)):
        if place:
            before, after = gaps[max(0, place - 1 - RHYTHM) : place - 1], gaps[place : place + RHYTHM]
            rhythm = [median(side) for side in (before, after) if side]
            if gaps[place - 1] > BREAK_FACTOR * max([SHORTEST_INTERVAL_DAYS, *rhythm]):
                piece += 1
        pieces.append(piece)
    return pieces


@dataclass(frozen=True)
class TimeAxis:
    """Dates as numbers: milliseconds (calendar), days or months from day zero."""

    first: date
    last: date
    zero: Zero | None

    @property
    def mode(self) -> str:
        if self.zero is None:
            return "calendar"
        return "months" if self.days > DAYS_BEFORE_MONTHS else "days"

    @property
    def days(self) -> int:
        return max(1, (self.last - self.first).days)

    @property
    def title(self) -> str:
        if self.zero is None:
            return "Date"
        return f"{self.mode.capitalize()} from {self.zero.words}"

    def at(self, on: date) -> float:
        """Position of a day on the axis."""
        if self.zero is None:
            return float((on - date(1970, 1, 1)).days * 86_400_000)
        days = (on - self.zero.on).days
        return round(days / DAYS_PER_MONTH, 4) if self.mode == "months" else float(days)

    def share(self, on: date) -> float:
        """Position as a share of what is shown, 0 at the first day and 1 at the last."""
        return (on - self.first).days / self.days

    @property
    def domain(self) -> tuple[float, float]:
        """What is shown, with a margin so that the first and the last mark stand free of the edges."""
        margin = timedelta(days=max(1, round(self.days * 0.016)))
        return self.at(self.first - margin), self.at(self.last + 2 * margin)

    @property
    def sliver(self) -> timedelta:
        """The shortest stretch that is still visible: a single infusion is drawn this long."""
        return timedelta(days=max(1, round(self.days * 0.004)))

    def when(self, on: date) -> str:
        """A day in words, month never as a number: `Tue 3 Feb 2026, day 34 from diagnosis of ITP`."""
        text = written(on)
        if self.zero is None:
            return text
        return f"{text}, day {(on - self.zero.on).days} from {self.zero.words}"


def written(on: date) -> str:
    """`Tue 3 Feb 2026`."""
    return page_weekday(on)


def stacked(shares: Iterable[float], widths: Iterable[float], rows: int) -> list[int]:
    """A row for each label so that neighbors do not overlap while there are rows left.

    `shares` ascending positions and `widths` label widths, both as shares of the plot.
    """
    free = [-1.0] * rows
    placed = []
    for share, width in zip(shares, widths, strict=True):
        row = next((row for row in range(rows) if free[row] <= share), None)
        if row is None:
            row = min(range(rows), key=lambda candidate: free[candidate])
        free[row] = share + width
        placed.append(row)
    return placed


def round_up(value: float) -> float:
    """The next round number of the series 1, 1.5, 2, 3, 4, 5, 7.5 times a power of ten."""
    power = 1.0
    while power * 10 < value:
        power *= 10
    while power > value:
        power /= 10
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 7.5, 10) if step * power >= value)


def ticks_125(top: float) -> list[float]:
    """0 and the series 5, 10, 20, 50, 100, 200, 500, … up to `top`."""
    found, power = [0.0, 5.0], 10.0
    while power <= top:
        found += [step * power for step in (1, 2, 5)]
        power *= 10
    return [tick for tick in found if tick <= top]
