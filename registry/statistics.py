"""Figures of a cohort: proportions, spreads, Kaplan-Meier, competing risks and rates.

Thin functions over scipy and statsmodels, which are loaded when first needed. Every function accepts
an empty series and says "nothing known" (`None` or `nan`) instead of dividing by zero. Times may be in
any one unit; the registry counts days and prints months of DAYS_PER_MONTH.

Every estimate is checked against R 4.2 (packages survival and cmprsk) in tests/registry/test_statistics.py.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

DAYS_PER_MONTH = 30.4375
"""Mean month of the Julian year, 365.25 / 12 days: durations are kept in days and printed in these months."""

DAYS_PER_YEAR = 365.25
"""Julian year, days: person-years."""

LEVEL = 0.95
"""Two-sided confidence level of every interval that does not name another."""

IntervalType = Literal["log-log", "log", "plain"]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Interval:
    """A two-sided confidence interval in the unit of its estimate; proportions are fractions, not percent."""

    low: float
    high: float
    method: str
    level: float = LEVEL


@dataclass(frozen=True)
class Spread:
    """Plain median and range of the `n` values that are known; `None` when there are none."""

    n: int
    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Median:
    """Time at which a Kaplan-Meier curve falls to one half, or to another share; `None` = not reached (`NA` in R)."""

    estimate: float | None
    low: float | None
    high: float | None
    method: IntervalType


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve, one element for each distinct time, ascending.

    `at_risk` counts those under observation just before the time; `events` and `censored` at it.
    `survival` is the estimate just after it and `standard_error` Greenwood's. `low` and `high` are the
    pointwise limits of type `method`, `nan` where the transformation is undefined (survival 0 or 1 on
    the log-log scale). The arrays are empty for an empty series.
    """

    time: Floats
    at_risk: Ints
    events: Ints
    censored: Ints
    survival: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    method: IntervalType
    level: float = LEVEL

    @property
    def n(self) -> int:
        """Number of subjects."""
        return int(self.at_risk[0]) if self.time.size else 0

    def survival_at(self, times: ArrayLike) -> Floats:
        """Share still free of the event after each of `times`; 1 before the first time observed."""
        position = np.searchsorted(self.time, np.asarray(times, float), side="right")
        return np.concatenate(([1.0], self.survival))[position]

    def kept(self, time: float) -> tuple[float, float | None, float | None] | None:
        """(share, low, high) still free of the event after `time`; a limit that is not defined is None.

        None where nobody was observed so long, unless the curve has fallen to 0: then it is 0 for good.
        """
        if not self.n:
            return None
        last = float(self.time[-1])
        if time > last and self.survival[-1] > 0:
            return None
        at = int(np.searchsorted(self.time, time, side="right")) - 1
        if at < 0:
            return 1.0, None, None
        low, high = float(self.low[at]), float(self.high[at])
        return (
            float(self.survival[at]),
            None if math.isnan(low) else low,
            None if math.isnan(high) else high,
        )

    def at_risk_at(self, times: ArrayLike) -> Ints:
        """Number of subjects still observed just before each of `times` (the row under a plot)."""
        position = np.searchsorted(self.time, np.asarray(times, float), side="left")
        return np.concatenate((self.at_risk, [0]))[position]

    def median(self) -> Median:
        """Median and its limits, read off the curve and off its pointwise limits."""
        return self.falls_to(0.5)

    def falls_to(self, share: float) -> Median:
        """Time at which only `share` is still free of the event: 0.1 gives the 90th percentile; with its limits.

        Where the curve runs level at exactly `share` the midpoint of that step is taken, as in R
        (Brookmeyer R, Crowley J. Biometrics 1982;38:29-41 for the interval).
        """
        return Median(
            _falls_to(share, self.time, self.survival),
            _falls_to(share, self.time, self.low),
            _falls_to(share, self.time, self.high),
            self.method,
        )


@dataclass(frozen=True)
class CumulativeIncidence:
    """Aalen-Johansen estimate for one cause: share with the event by each distinct `time`, ascending."""

    time: Floats
    incidence: Floats
    standard_error: Floats

    def at(self, times: ArrayLike) -> Floats:
        """Cumulative incidence after each of `times`; 0 before the first time observed."""
        position = np.searchsorted(self.time, np.asarray(times, float), side="right")
        return np.concatenate(([0.0], self.incidence))[position]


@dataclass(frozen=True)
class Rate:
    """`events` per `per` of `exposure`, with the exact interval; `estimate` is `None` without exposure."""

    events: int
    exposure: float
    per: float
    estimate: float | None
    interval: Interval | None


def round_half_up(value: float, digits: int = 0) -> float:
    """Round to `digits` decimals, a five upwards (away from zero): 62.5 -> 63, 2.345 -> 2.35.

    Works on the shortest decimal that names the float, so that 2.345 is the number that is read.
    """
    return float(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))


def exact_interval(k: int, n: int, level: float = LEVEL) -> Interval | None:
    """Clopper-Pearson interval of the proportion k/n, as fractions; `None` when n is 0.

    Clopper CJ, Pearson ES. Biometrika 1934;26:404-413. Raises ValueError unless 0 <= k <= n.
    """
    return _proportion(k, n, level, "beta", "Clopper-Pearson")


def wilson_interval(k: int, n: int, level: float = LEVEL) -> Interval | None:
    """Wilson score interval of the proportion k/n, as fractions; `None` when n is 0.

    Wilson EB. J Am Stat Assoc 1927;22:209-212. Raises ValueError unless 0 <= k <= n.
    """
    return _proportion(k, n, level, "wilson", "Wilson")


def spread(values: ArrayLike) -> Spread:
    """Median, lowest and highest of the values that are known (`nan` is left out)."""
    known = np.asarray(values, float)
    known = known[~np.isnan(known)]
    if not known.size:
        return Spread(0, None, None, None)
    return Spread(int(known.size), float(np.median(known)), float(known.min()), float(known.max()))


def kaplan_meier(
    times: ArrayLike, events: ArrayLike, method: IntervalType = "log-log", level: float = LEVEL
) -> Curve:
    """Kaplan-Meier curve of `times` (>= 0), where `events` is true at an event and false at censoring.

    `method` names the scale of the pointwise limits: `log-log` (the default here and of lifelines),
    `log` (the default of R's survfit) or `plain`. Raises ValueError when the two lengths differ.
    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457-481.
    """
    time, event = _pair(times, events)
    distinct, position = np.unique(time, return_inverse=True)
    events_at = np.bincount(position, weights=event, minlength=distinct.size).astype(np.int64)
    leaving = np.bincount(position, minlength=distinct.size)
    at_risk = leaving[::-1].cumsum()[::-1].astype(np.int64)
    survival, error = np.ones(distinct.size), np.zeros(distinct.size)
    if events_at.any():
        from statsmodels.duration.survfunc import SurvfuncRight

        with np.errstate(divide="ignore", invalid="ignore"):
            fitted = SurvfuncRight(time, event.astype(float))
        step = np.searchsorted(fitted.surv_times, distinct, side="right")
        survival = np.concatenate(([1.0], fitted.surv_prob))[step]
        error = np.concatenate(([0.0], fitted.surv_prob_se))[step]
    low, high = _limits(survival, error, method, level)
    return Curve(distinct, at_risk, events_at, leaving - events_at, survival, error, low, high, method, level)


def reverse_kaplan_meier(
    times: ArrayLike, events: ArrayLike, method: IntervalType = "log-log", level: float = LEVEL
) -> Curve:
    """Follow-up as it would have been without the event: the end of follow-up is what is awaited.

    Those whose follow-up ended with the event (a death) are censored there.
    Schemper M, Smith TL. Control Clin Trials 1996;17:343-346.
    """
    time, event = _pair(times, events)
    return kaplan_meier(time, ~event, method, level)


def cumulative_incidence(times: ArrayLike, causes: ArrayLike, cause: int = 1) -> CumulativeIncidence:
    """Aalen-Johansen cumulative incidence of `cause` where other positive causes compete and 0 is censoring.

    Aalen OO, Johansen S. Scand J Stat 1978;5:141-150.
    """
    time = np.asarray(times, float)
    why = np.asarray(causes, np.int64)
    if time.shape != why.shape:
        raise ValueError(f"{time.size} times but {why.size} causes: give one cause for each time")
    distinct = np.unique(time)
    if not (why == cause).any():
        return CumulativeIncidence(distinct, np.zeros(distinct.size), np.zeros(distinct.size))
    from statsmodels.duration.survfunc import CumIncidenceRight

    with np.errstate(divide="ignore", invalid="ignore"):
        fitted = CumIncidenceRight(time, why)
    return CumulativeIncidence(distinct, fitted.cinc[cause - 1], fitted.cinc_se[cause - 1])


def poisson_rate(events: int, exposure: float, per: float = 100.0, level: float = LEVEL) -> Rate:
    """Events per `per` units of `exposure` (person-months or person-years) with the exact interval.

    Garwood F. Biometrika 1936;28:437-442. Raises ValueError for a negative count or exposure.
    """
    if events < 0 or exposure < 0:
        raise ValueError(f"{events} events in {exposure} of exposure: both must be zero or more")
    if not exposure:
        return Rate(events, exposure, per, None, None)
    from statsmodels.stats.rates import confint_poisson

    low, high = confint_poisson(events, exposure, method="exact-c", alpha=1 - level)
    low = 0.0 if events == 0 else float(low)
    return Rate(
        events,
        exposure,
        per,
        events / exposure * per,
        Interval(low * per, float(high) * per, "exact Poisson", level),
    )


def _proportion(k: int, n: int, level: float, method: str, name: str) -> Interval | None:
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is not a proportion: 0 <= k <= n is needed")
    if n == 0:
        return None
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(k, n, alpha=1 - level, method=method)
    # At the edges the limits are exact; the library's are so only to rounding.
    return Interval(0.0 if k == 0 else float(low), 1.0 if k == n else float(high), name, level)


def _pair(times: ArrayLike, events: ArrayLike) -> tuple[Floats, NDArray[np.bool_]]:
    time, event = np.asarray(times, float), np.asarray(events, bool)
    if time.shape != event.shape:
        raise ValueError(f"{time.size} times but {event.size} events: give one event flag for each time")
    return time, event


def _limits(survival: Floats, error: Floats, method: IntervalType, level: float) -> tuple[Floats, Floats]:
    """Pointwise limits of a survival curve on the named scale, inside [0, 1]."""
    from scipy.stats import norm

    z = float(norm.ppf(0.5 + level / 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        if method == "plain":
            low, high = survival - z * error, survival + z * error
        elif method == "log":
            factor = np.exp(z * error / survival)
            low, high = survival / factor, survival * factor
        else:
            edge = (survival <= 0) | (survival >= 1)
            inside: Any = np.where(edge, np.nan, survival)
            factor = np.exp(z * error / (inside * np.log(inside)))
            low, high = inside ** (1 / factor), inside**factor
    return np.clip(low, 0, 1), np.clip(high, 0, 1)


def _falls_to(share: float, time: Floats, height: Floats) -> float | None:
    """First time at which a falling step is below `share`; the middle of a step that is level at it."""
    tolerance = math.sqrt(np.finfo(float).eps)
    reached = np.flatnonzero(height < share + tolerance)
    if not reached.size:
        return None
    first = reached[0]
    if abs(height[first] - share) < tolerance:
        below = np.flatnonzero(height < share - tolerance)
        if below.size:
            return float((time[first] + time[below[0]]) / 2)
    return float(time[first])
