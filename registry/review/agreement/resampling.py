"""The coefficients of agreement over thousands of resamples at once.

A resample is told by how often it drew each pattern of ratings. What the libraries give for one sample is written out
here over all of them, in tenths of a second instead of minutes; the tests hold both to the same numbers.

Every function takes `patterns` (distinct rows of ratings, -1 = missing), `draws` (resamples by patterns) and the number
of categories, and gives one value a resample, nan where the coefficient is not defined.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Draws = NDArray[np.int64]
Floats = NDArray[np.float64]


def percent_agreement(patterns: Codes, draws: Draws, categories: int) -> Floats:
    """Share of agreeing pairs of raters, averaged over the subjects with two or more."""
    table, raters = _tallies(patterns, categories)
    several = raters > 1
    agreeing = (table[several] * (table[several] - 1)).sum(axis=1) / (raters[several] * (raters[several] - 1))
    return _ratio(draws[:, several] @ agreeing, draws[:, several].sum(axis=1))


def cohen_kappa(patterns: Codes, draws: Draws, categories: int, *, weighted: bool = False) -> Floats:
    """Cohen's kappa of two raters, with quadratic weights where asked for."""
    both = (patterns >= 0).all(axis=1)
    cell = np.zeros((int(both.sum()), categories * categories))
    cell[np.arange(len(cell)), patterns[both, 0] * categories + patterns[both, 1]] = 1
    joint = (draws[:, both] @ cell).reshape(-1, categories, categories)
    total = joint.sum(axis=(1, 2))
    share = _ratio(joint, total[:, None, None])
    weights = _weights(categories, weighted)
    observed = (share * weights).sum(axis=(1, 2))
    chance = np.einsum("ri,rj,ij->r", share.sum(axis=2), share.sum(axis=1), weights)
    return _beyond(observed, chance)


def fleiss_kappa(patterns: Codes, draws: Draws, categories: int) -> Floats:
    """Fleiss' kappa, where every subject has the same number of raters."""
    table, raters = _tallies(patterns, categories)
    if raters.size == 0 or raters.min() < 2 or raters.min() != raters.max():
        return np.full(len(draws), np.nan)
    m = raters[0]
    n = draws.sum(axis=1)
    observed = draws @ ((table * (table - 1)).sum(axis=1) / (m * (m - 1))) / n
    used = draws @ table / (n * m)[:, None]
    return _beyond(observed, (used**2).sum(axis=1))


def krippendorff_alpha(patterns: Codes, draws: Draws, categories: int, *, ordinal: bool = False) -> Floats:
    """Krippendorff's alpha from the coincidences of ratings, nominal or ordinal."""
    table, raters = _tallies(patterns, categories)
    several = raters > 1
    table, raters = table[several], raters[several]
    pairs = table[:, :, None] * table[:, None, :] - table[:, :, None] * np.eye(categories)
    coincident = np.einsum("rp,pij->rij", draws[:, several], pairs / (raters - 1)[:, None, None])
    used = coincident.sum(axis=2)
    total = used.sum(axis=1)
    apart = np.broadcast_to(1 - np.eye(categories), coincident.shape)
    if ordinal:
        below = np.cumsum(used, axis=1) - used / 2
        apart = (below[:, :, None] - below[:, None, :]) ** 2
    observed = (coincident * apart).sum(axis=(1, 2))
    expected = np.einsum("ri,rj,rij->r", used, used, apart) / np.where(total > 1, total - 1, np.nan)
    return 1 - _ratio(observed, expected)


def gwet_ac(patterns: Codes, draws: Draws, categories: int, *, weighted: bool = False) -> Floats:
    """Gwet's AC1, or with quadratic weights AC2."""
    table, raters = _tallies(patterns, categories)
    rated, several = raters > 0, raters > 1
    weights = _weights(categories, weighted)
    near = table @ weights
    agreeing = (table * (near - 1)).sum(axis=1)[several] / (raters * (raters - 1))[several]
    observed = _ratio(draws[:, several] @ agreeing, draws[:, several].sum(axis=1))
    shares = table[rated] / raters[rated][:, None]
    used = _ratio(draws[:, rated] @ shares, draws[:, rated].sum(axis=1)[:, None])
    chance = weights.sum() / (categories * (categories - 1)) * (used * (1 - used)).sum(axis=1)
    return _beyond(observed, chance)


def _tallies(patterns: Codes, categories: int) -> tuple[Floats, Floats]:
    """How many raters chose each category in each pattern, and how many rated at all."""
    table = np.stack([(patterns == place).sum(axis=1) for place in range(categories)], axis=1).astype(float)
    return table, table.sum(axis=1)


def _weights(categories: int, weighted: bool) -> Floats:
    if not weighted:
        return np.eye(categories)
    place = np.arange(categories)
    return np.asarray(1 - ((place[:, None] - place[None, :]) / (categories - 1)) ** 2, float)


def _beyond(observed: Floats, chance: Floats) -> Floats:
    """Agreement beyond chance, as a share of what chance leaves."""
    left = np.where(np.isclose(chance, 1), np.nan, 1 - chance)
    return np.asarray((observed - chance) / left, float)


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(above / np.where(below == 0, np.nan, below), float)
