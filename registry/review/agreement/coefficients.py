"""Coefficients of agreement, each with an interval from resampled subjects.

Cohen's and Fleiss' kappa come from statsmodels, which is loaded when first needed; Krippendorff's alpha has a file of
its own; Gwet's AC1 and AC2 are written out here. Categories are words in a fixed order, so that a figure
does not hang on which of them occur. A coefficient that is not defined, because nothing or only one thing was said,
is None, and so is one that hangs on a case or two (see `intervals`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adjudication.review.rules import published_rules
from registry.review.agreement import krippendorff, resampling

Table = NDArray[np.int64]
"""Subjects by categories: how many raters put each subject in each category."""
_ALIKE = np.zeros(1)
_SAME = 1e-9
"""Values of resamples that differ by less differ by rounding alone."""
Codes = NDArray[np.int64]
"""Subjects by raters: the category that each rater chose, -1 where there is none."""


@dataclass(frozen=True)
class Coefficient:
    """One measure over `n` subjects, with the bounds of its interval; None = not estimable."""

    measure: str
    estimate: float | None
    low: float | None
    high: float | None
    n: int

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return vars(self)


def codes(ratings: Sequence[Sequence[str | None]], categories: Sequence[str]) -> Codes:
    """Ratings (subjects by raters, None = missing) as places in `categories`; ValueError for another word."""
    places: dict[str | None, int] = {word: place for place, word in enumerate(categories)}
    unknown = {word for row in ratings for word in row if word is not None} - places.keys()
    if unknown:
        raise ValueError(f"{', '.join(sorted(str(one) for one in unknown))}: not among the categories")
    places[None] = -1
    if not ratings:
        return np.empty((0, 0), np.int64)
    return np.array([[places[word] for word in row] for row in ratings], np.int64)


def counts(ratings: Codes, categories: int) -> Table:
    """How many raters chose each category, subject by subject."""
    return np.stack([(ratings == place).sum(axis=1) for place in range(categories)], axis=1).astype(np.int64)


def percent_agreement(ratings: Codes) -> float | None:
    """Share of agreeing pairs among all pairs of raters of one subject, averaged over subjects with two or more."""
    several = ratings[(ratings >= 0).sum(axis=1) > 1] if ratings.size else ratings
    if not several.size:
        return None
    table = counts(several, int(several.max()) + 1)
    raters = table.sum(axis=1)
    return float(((table * (table - 1)).sum(axis=1) / (raters * (raters - 1))).mean())


def cohen_kappa(ratings: Codes, categories: int, *, weighted: bool = False) -> float | None:
    """Cohen's kappa of two raters over the subjects that both rated.

    Cohen J. Educ Psychol Meas 1960;20:37-46. `weighted` takes quadratic weights over the order of the categories.
    """
    both = ratings[(ratings >= 0).all(axis=1)]
    if not both.size:
        return None
    table = np.zeros((categories, categories))
    np.add.at(table, (both[:, 0], both[:, 1]), 1)
    if np.unique(both).size < 2:
        return None
    from statsmodels.stats.inter_rater import cohens_kappa

    return _number(cohens_kappa(table, wt="fc" if weighted else None, return_results=False))


def fleiss_kappa(table: Table) -> float | None:
    """Fleiss' kappa of as many raters of every subject.

    Fleiss JL. Psychol Bull 1971;76:378-382. None where subjects have different numbers of raters.
    """
    raters = table.sum(axis=1)
    if (
        not table.size
        or raters.min() < 2
        or raters.min() != raters.max()
        or np.count_nonzero(table.sum(axis=0)) < 2
    ):
        return None
    from statsmodels.stats.inter_rater import fleiss_kappa as kappa

    return _number(kappa(table, method="fleiss"))


def krippendorff_alpha(ratings: Codes, categories: int, *, ordinal: bool = False) -> float | None:
    """Krippendorff's alpha of any number of raters, missing ratings allowed.

    Krippendorff K. Content Analysis, 2004. `ordinal` weighs disagreements by the order of the categories.
    """
    if not ratings.size:
        return None
    return krippendorff.alpha(
        counts(ratings, categories), np.arange(categories), "ordinal" if ordinal else "nominal"
    )


def gwet_ac(table: Table, *, weighted: bool = False) -> float | None:
    """Gwet's AC1, or with quadratic weights over the order of the categories AC2.

    Gwet KL. Br J Math Stat Psychol 2008;61:29-48. Subjects with a single rating count towards how often a category
    is used, not towards agreement. Unlike kappa it stays near the percent agreement when nearly all is one category.
    """
    categories = table.shape[1] if table.ndim == 2 else 0
    raters = table.sum(axis=1) if categories else np.empty(0)
    if categories < 2 or not (raters > 1).any():
        return None
    weights = np.eye(categories)
    if weighted:
        place = np.arange(categories)
        weights = 1 - ((place[:, None] - place[None, :]) / (categories - 1)) ** 2
    rated, several = table[raters > 0], table[raters > 1]
    r = several.sum(axis=1)
    near = several @ weights
    observed = float(((several * (near - 1)).sum(axis=1) / (r * (r - 1))).mean())
    used = (rated / rated.sum(axis=1, keepdims=True)).mean(axis=0)
    chance = float(weights.sum() / (categories * (categories - 1)) * (used * (1 - used)).sum())
    return None if chance == 1 else (observed - chance) / (1 - chance)


@dataclass(frozen=True)
class Measure:
    """A coefficient of one sample, and the same over many resamples at once (see `resampling`)."""

    estimate: Callable[[Codes], float | None]
    resampled: Callable[[Codes, NDArray[np.int64]], NDArray[np.float64]]


def measures(categories: int) -> dict[str, Measure]:
    """Every coefficient of ratings in so many categories, by name; weighted ones take them as ordered."""
    q = categories

    def ac(codes: Codes, *, weighted: bool) -> float | None:
        return gwet_ac(counts(codes, q), weighted=weighted)

    return {
        "percent_agreement": Measure(percent_agreement, lambda p, d: resampling.percent_agreement(p, d, q)),
        "cohen_kappa": Measure(
            lambda codes: cohen_kappa(codes, q), lambda p, d: resampling.cohen_kappa(p, d, q)
        ),
        "weighted_kappa": Measure(
            lambda codes: cohen_kappa(codes, q, weighted=True),
            lambda p, d: resampling.cohen_kappa(p, d, q, weighted=True),
        ),
        "fleiss_kappa": Measure(
            lambda codes: fleiss_kappa(counts(codes, q)), lambda p, d: resampling.fleiss_kappa(p, d, q)
        ),
        "krippendorff_alpha": Measure(
            lambda codes: krippendorff_alpha(codes, q), lambda p, d: resampling.krippendorff_alpha(p, d, q)
        ),
        "krippendorff_alpha_ordinal": Measure(
            lambda codes: krippendorff_alpha(codes, q, ordinal=True),
            lambda p, d: resampling.krippendorff_alpha(p, d, q, ordinal=True),
        ),
        "gwet_ac1": Measure(
            lambda codes: ac(codes, weighted=False), lambda p, d: resampling.gwet_ac(p, d, q)
        ),
        "gwet_ac2": Measure(
            lambda codes: ac(codes, weighted=True), lambda p, d: resampling.gwet_ac(p, d, q, weighted=True)
        ),
    }


def intervals(
    ratings: Codes,
    asked: Mapping[str, Measure],
    *,
    resamples: int,
    seed: int,
    least_defined: float | None = None,
) -> list[Coefficient]:
    """Each measure with the 2.5th and 97.5th of a hundred over resampled subjects; the same seed, the same interval.

    A measure is estimable where at least the share `least_defined` of the resamples define it (None = as declared,
    DEF-REV-18): where one or two cases alone are not of one category, most resamples lose them, and what is left says
    nothing. Else neither estimate nor interval is given. There is no interval with fewer than two subjects, nor where
    all resamples give the same, as when all agree: resampling cannot tell how sure that is.
    """
    n = len(ratings)
    least = published_rules().least_defined if least_defined is None else least_defined
    estimates = {name: measure.estimate(ratings) if n else None for name, measure in asked.items()}
    values: dict[str, NDArray[np.float64]] = {}
    if n > 1 and resamples:
        patterns, times = np.unique(ratings, axis=0, return_counts=True)
        draws = np.random.default_rng(seed).multinomial(n, times / n, size=resamples)
        for name, measure in asked.items():
            if estimates[name] is not None:
                resampled = measure.resampled(patterns, draws)
                values[name] = resampled[~np.isnan(resampled)]
                if len(values[name]) < least * resamples:
                    estimates[name], values[name] = None, _ALIKE
    bounds = {
        name: np.percentile(values[name], [2.5, 97.5])
        if np.ptp(values.get(name, _ALIKE)) > _SAME
        else (None, None)
        for name in asked
    }
    return [
        Coefficient(name, estimate, _number(bounds[name][0]), _number(bounds[name][1]), n)
        for name, estimate in estimates.items()
    ]


def _number(value: Any) -> float | None:
    """A float; None for nothing, or for what division by zero gave."""
    found = math.nan if value is None else float(value)
    return None if math.isnan(found) else found
