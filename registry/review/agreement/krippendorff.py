"""Krippendorff's alpha, for any number of raters and with ratings missing.

Krippendorff K. Computing Krippendorff's Alpha-Reliability. University of Pennsylvania, 2011; and Content Analysis,
2nd edition, 2004, chapter 11. Alpha is 1 - D_observed / D_expected, both from the matrix of coincidences: every pair of
values that two raters gave one subject, weighed by 1 / (m - 1) where m raters valued that subject.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Level = Literal["nominal", "ordinal", "interval", "ratio"]
"""What the distance of two values means: same or not, ranks between them, their difference, their proportion."""
Floats = NDArray[np.float64]


def alpha(tallies: ArrayLike, values: ArrayLike, level: Level = "nominal") -> float | None:
    """Alpha of `tallies` (subjects by values: how many raters gave each subject each value).

    `values` are what the columns mean, in ascending order; nominal and ordinal use only their places. Subjects with
    fewer than two ratings have no pair and do not count. None where there is no pair, or only one value in all pairs.
    Raises ValueError for columns without a value each, and for negative values on a ratio scale.
    """
    table, scale = np.asarray(tallies, float), np.asarray(values, float)
    if table.ndim != 2 or scale.ndim != 1 or table.shape[1] != len(scale):
        raise ValueError("each column of the tallies needs its value")
    if level == "ratio" and (scale < 0).any():
        raise ValueError("a ratio scale has no negative values")
    raters = table.sum(axis=1)
    table, raters = table[raters > 1], raters[raters > 1]
    if not len(table):
        return None
    weight = 1 / (raters - 1)
    coincidences = np.einsum("si,sj,s->ij", table, table, weight) - np.diag(weight @ table)
    used = coincidences.sum(axis=1)
    apart = distances(used, scale, level)
    expected = float(used @ apart @ used) / (used.sum() - 1)
    if expected == 0:
        return None
    return float(1 - (coincidences * apart).sum() / expected)


def distances(used: Floats, values: Floats, level: Level) -> Floats:
    """The squared distance of each value from each other; `used` says how often each occurs in pairs."""
    if level == "nominal":
        return 1 - np.eye(len(values))
    if level == "ordinal":
        ranks = np.cumsum(used) - used / 2
        return np.asarray((ranks[:, None] - ranks[None, :]) ** 2, float)
    difference = values[:, None] - values[None, :]
    if level == "ratio":
        total = values[:, None] + values[None, :]
        difference = difference / np.where(total == 0, 1, total)
    return np.asarray(difference**2, float)
