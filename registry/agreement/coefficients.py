"""Coefficients of agreement, each with an interval from resampled subjects.

Cohen's and Fleiss' kappa come from statsmodels, Krippendorff's alpha from the library of that name; Gwet's AC1 and
AC2 are written out here. All are loaded when first needed. Categories are words in a fixed order, so that a figure
does not hang on which of them occur. A coefficient that is not defined, because nothing or only one thing was said,
is None.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = NDArray[np.int64]
"""Subjects by categories: how many raters put each subject in each category."""
Codes = NDArray[np.int64]
"""Subjects by raters: the category that each rater chose, -1 where there is none."""


@dataclass(frozen=True)
class Coefficient:
    """One measure over `n` subjects, with the bounds of its interval; None = not defined."""

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
    if np.count_nonzero(table.sum(axis=0)) < 2 and np.count_nonzero(table.sum(axis=1)) < 2:
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
    pairable = ratings[(ratings >= 0).sum(axis=1) > 1] if ratings.size else ratings
    if not pairable.size or np.unique(pairable[pairable >= 0]).size < 2:
        return None
    import krippendorff

    seen = np.where(pairable < 0, np.nan, pairable.astype(float)).T
    return _number(
        krippendorff.alpha(
            reliability_data=seen,
            value_domain=[float(place) for place in range(categories)],
            level_of_measurement="ordinal" if ordinal else "nominal",
        )
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


def intervals(
    ratings: Codes, measures: Mapping[str, Callable[[Codes], float | None]], *, resamples: int, seed: int
) -> list[Coefficient]:
    """Each measure with the 2.5th and 97.5th of a hundred over resampled subjects; the same seed, the same interval.

    Resamples in which a measure is not defined stand outside; with fewer than two subjects there is no interval.
    """
    n = len(ratings)
    estimates = {name: measure(ratings) if n else None for name, measure in measures.items()}
    drawn: dict[str, list[float]] = {name: [] for name in measures}
    if n > 1 and any(estimate is not None for estimate in estimates.values()):
        # What a measure gives hangs on how often each pattern of ratings was drawn, so equal draws are measured once.
        patterns, times = np.unique(ratings, axis=0, return_counts=True)
        draws = np.random.default_rng(seed).multinomial(n, times / n, size=resamples)
        for draw, often in zip(*np.unique(draws, axis=0, return_counts=True), strict=True):
            sample = np.repeat(patterns, draw, axis=0)
            for name, measure in measures.items():
                if estimates[name] is not None and (value := measure(sample)) is not None:
                    drawn[name] += [value] * int(often)
    bounds = {
        name: np.percentile(values, [2.5, 97.5]) if values else (None, None) for name, values in drawn.items()
    }
    return [
        Coefficient(name, estimate, _number(bounds[name][0]), _number(bounds[name][1]), n)
        for name, estimate in estimates.items()
    ]


def _number(value: Any) -> float | None:
    """A float; None for nothing, or for what division by zero gave."""
    found = math.nan if value is None else float(value)
    return None if math.isnan(found) else found
