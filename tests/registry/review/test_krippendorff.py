"""Krippendorff's alpha gives the published figures, and what the definition gives pair by pair."""

from itertools import permutations

import numpy as np
import pytest

from registry.review.agreement import coefficients
from registry.review.agreement.krippendorff import Level, alpha

FOUR_OBSERVERS = [
    "111", "2232", "3333", "3333", "2222", "1234", "4444", "1121", "2222", "555", "11", "3",
]  # fmt: skip
"""Krippendorff 2011, section C: units by observers, missing values left out."""
PUBLISHED = [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
TWO_OBSERVERS_BINARY = ["01", "11", "01", "00", "00", "01", "00", "00", "10", "00"]
"""Krippendorff 2011, section A: two observers, two values, nothing missing."""
TWO_OBSERVERS_NOMINAL = ["ab", "aa", "bb", "bb", "db", "cc", "cc", "cc", "ee", "dd", "dd", "ad"]
"""Krippendorff 2011, section B: two observers, five values, nothing missing."""


def tallies(units: list[str], values: str) -> list[list[int]]:
    return [[unit.count(value) for value in values] for unit in units]


@pytest.mark.parametrize(("level", "published"), PUBLISHED)
def test_the_reliability_data_of_four_observers_gives_the_published_alpha(
    level: Level, published: float
) -> None:
    found = alpha(tallies(FOUR_OBSERVERS, "12345"), [1, 2, 3, 4, 5], level)
    assert found == pytest.approx(published, abs=0.0005)


def test_the_binary_data_of_two_observers_gives_the_published_alpha() -> None:
    assert alpha(tallies(TWO_OBSERVERS_BINARY, "01"), [0, 1]) == pytest.approx(0.095, abs=0.0005)


def test_the_nominal_data_of_two_observers_gives_the_published_alpha() -> None:
    found = alpha(tallies(TWO_OBSERVERS_NOMINAL, "abcde"), [0, 1, 2, 3, 4])
    assert found == pytest.approx(0.692, abs=0.0005)


def by_definition(units: list[list[int]], values: list[float], level: Level) -> float | None:
    """Pair by pair: the mean distance within units, over the mean distance of all values that are in pairs."""
    units = [unit for unit in units if len(unit) > 1]
    pooled = [place for unit in units for place in unit]
    times = [pooled.count(place) for place in range(len(values))]

    def apart(one: int, other: int) -> float:
        low, high = sorted((one, other))
        if level == "nominal":
            return float(low != high)
        if level == "ordinal":
            return (sum(times[low : high + 1]) - (times[low] + times[high]) / 2) ** 2
        if level == "interval":
            return (values[low] - values[high]) ** 2
        total = values[low] + values[high]
        return ((values[low] - values[high]) / total) ** 2 if total else 0.0

    if not pooled:
        return None
    observed = sum(apart(*pair) / (len(unit) - 1) for unit in units for pair in permutations(unit, 2))
    expected = sum(apart(*pair) for pair in permutations(pooled, 2)) / (len(pooled) - 1)
    return None if expected == 0 else 1 - observed / expected


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("seed", range(12))
def test_random_tables_give_what_the_definition_gives(level: Level, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.cumsum(rng.uniform(0, 3, size=rng.integers(2, 6))).tolist()
    units = [
        rng.integers(0, len(values), size=rng.integers(0, 6)).tolist() for _ in range(rng.integers(1, 12))
    ]
    table = [[unit.count(place) for place in range(len(values))] for unit in units]
    assert alpha(table, values, level) == pytest.approx(by_definition(units, values, level), abs=1e-12)


def test_nothing_to_compare_has_no_alpha() -> None:
    assert alpha(np.empty((0, 3)), [1, 2, 3]) is None
    assert alpha([[1, 0], [0, 1]], [1, 2]) is None, "one rating a subject makes no pair"
    assert alpha([[2, 0], [3, 0]], [1, 2]) is None, "one value cannot disagree"
    assert coefficients.krippendorff_alpha(np.array([[0, 1], [1, 0]]), 2) == pytest.approx(-0.5)


def test_a_column_without_a_value_and_a_negative_ratio_are_told() -> None:
    with pytest.raises(ValueError, match="needs its value"):
        alpha([[1, 1]], [1])
    with pytest.raises(ValueError, match="negative"):
        alpha([[1, 1]], [-1, 1], "ratio")
