"""The pivot: the one count whose other value would have made another call."""

from decimal import Decimal

import pytest

from tests.spec.builder import CLEAN, aiha, bleed, itp


def test_a_single_count_below_100_that_kept_a_response_from_being_complete() -> None:
    """99.6 on day 14, had it been 100."""
    assert itp(baseline=12, counts={7: 150, 14: 99.6}).pivot == (14, Decimal(100), "CR")


def test_the_highest_of_two_failing_counts_had_it_been_30() -> None:
    """One failure alone would have been unconfirmed."""
    assert itp(baseline=12, counts={7: 29, 14: 25}).pivot == (7, Decimal(30), "NE")
    assert itp(baseline=25, counts={7: 29, 14: 45}).pivot == (14, Decimal(50), "NE")


def test_only_the_count_that_stands_against_a_response_is_tried() -> None:
    """Of 80 and 29 that is 80, which needs no raising."""
    assert itp(baseline=12, counts={7: 80, 14: 29}).pivot is None


def test_a_complete_response_that_hung_on_its_confirming_count() -> None:
    """Had the count of day 14 been just below 100, it would have been response."""
    assert itp(baseline=12, counts={7: 150, 14: 150}).pivot == (14, Decimal("99.999999"), "R")


def test_a_response_that_hung_on_its_confirming_count() -> None:
    """Had the count of day 14 been just below 30, or just below the double of 20."""
    assert itp(baseline=10, counts={7: 60, 14: 60}).pivot == (14, Decimal("29.999999"), "NE")
    assert itp(baseline=20, counts={7: 60, 14: 60}).pivot == (14, Decimal("39.999999"), "NE")


def test_a_hemoglobin_that_is_not_above_120_had_it_been_121() -> None:
    """The least value above 120 is given."""
    call = aiha(baseline=60, counts={14: 135, 21: 120}, markers={17: CLEAN})
    assert call.pivot == (21, Decimal("120.000001"), "CR")


def test_a_complete_response_of_hemoglobin_had_its_confirming_value_been_120() -> None:
    """120 is not above 120."""
    call = aiha(baseline=60, counts={14: 135, 21: 135}, markers={17: CLEAN})
    assert call.pivot == (21, Decimal(120), "PR")


def test_a_response_that_many_counts_hold_has_no_pivot() -> None:
    """No single one would have changed it."""
    counts = dict.fromkeys(range(7, 98, 7), 60.0)
    assert itp(baseline=10, counts=counts).pivot is None


def test_without_counts_there_is_no_pivot() -> None:
    """Nothing could have another value."""
    assert itp(baseline=10).pivot is None
    assert itp(baseline=10, happened=[bleed(5), bleed(6)]).pivot is None


@pytest.mark.parametrize("baseline", [0, 10, 60])
def test_the_pivot_is_what_it_says(baseline: float) -> None:
    """Judged again with that one value, the course gets that level."""
    for counts in ({7: 150, 14: 99.6}, {7: 60, 14: 60}, {7: 150, 14: 150}, {7: 29, 8: 29}, {5: 130, 12: 29}):
        call = itp(baseline=baseline, counts=counts)
        if call.pivot is None:
            continue
        day, value, level = call.pivot
        again = itp(baseline=baseline, counts={**counts, day: str(value)})
        assert (again.best_response, level != call.best_response) == (level, True)
