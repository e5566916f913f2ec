"""How many counts make a state: two for a response a week apart, two for its absence a day apart."""

import pytest

from tests.spec.builder import CLEAN, aiha, bleed, itp


@pytest.mark.parametrize(("second", "answer"), [(13, "NE"), (14, "CR"), (15, "CR")])
def test_two_counts_at_least_seven_days_apart_confirm_a_response(second: int, answer: str) -> None:
    """Day 7 and day 14 confirm; day 7 and day 13 do not."""
    call = itp(baseline=10, counts={7: 150, second: 150})
    assert call.best_response == answer
    assert ("unconfirmed" in call.flags) == (answer == "NE")
    hemoglobin = aiha(baseline=60, counts={7: 135, second: 135}, markers={10: CLEAN})
    assert hemoglobin.best_response == answer


def test_a_single_count_of_180_is_unconfirmed_not_complete_response() -> None:
    """One count is neither a response nor its absence (DEF-ITP-09)."""
    call = itp(baseline=10, counts={14: 180})
    assert (call.best_response, call.reason) == ("NE", "unconfirmed")
    assert ("unconfirmed" in call.flags, "DEF-ITP-09" in call.readings) == (True, True)


def test_a_single_failing_count_is_unconfirmed_not_no_response() -> None:
    """The absence of a response needs two counts as well."""
    call = itp(baseline=10, counts={14: 12})
    assert (call.best_response, call.reason) == ("NE", "unconfirmed")


def test_two_failing_counts_on_consecutive_days_are_no_response() -> None:
    """One day apart is enough."""
    call = itp(baseline=10, counts={13: 12, 14: 20})
    assert (call.best_response, call.reason) == ("NR", "failing_confirmed")
    assert call.evidence[-2:] == (("failing", 13), ("failing_confirming", 14))


def test_two_failing_counts_of_one_day_are_one_assessment() -> None:
    """They are not two occasions."""
    assert itp(baseline=10, counts={15: [12, 20]}).reason == "unconfirmed"


def test_onset_is_the_first_count_of_the_run_not_the_confirming_one() -> None:
    """The paper speaks of achievement (DEF-ITP-02)."""
    call = itp(baseline=10, counts={7: 50, 10: 60, 13: 70, 21: 80})
    assert (call.onset, call.duration) == (7, 14)
    assert call.evidence[1:3] == (("onset", 7), ("confirming", 21))
    assert "DEF-ITP-02" in call.readings


def test_a_count_below_the_level_in_between_breaks_the_run() -> None:
    """A confirmed state should hold in between (DEF-ITP-03)."""
    assert itp(baseline=10, counts={7: 150, 10: 20, 14: 150}).best_response == "NE"


def test_after_a_break_the_run_begins_anew() -> None:
    """Onset is in the second run."""
    call = itp(baseline=10, counts={5: 150, 8: 20, 12: 150, 19: 150})
    assert (call.best_response, call.onset) == ("CR", 12)


def test_a_count_that_cannot_be_told_breaks_a_run_as_well() -> None:
    """Without a baseline 60 is neither response nor failure."""
    assert itp(counts={7: 150, 10: 60, 14: 150}).best_response == "NE"
    assert itp(counts={7: 150, 14: 150}).best_response == "CR"


def test_a_count_that_cannot_be_told_breaks_a_run_of_failures_too() -> None:
    """20, then 60 without a baseline, then 20: never two failures in a row."""
    assert itp(counts={14: 20, 15: 60, 16: 20}).reason == "baseline_missing"
    assert itp(counts={14: 20, 15: 20, 16: 60}).best_response == "NR"


def test_a_good_count_between_two_failing_ones_breaks_their_run() -> None:
    """They are no confirmed failure."""
    assert itp(baseline=10, counts={7: 20, 8: 60, 9: 20}).best_response == "NE"


def test_a_bleed_between_two_good_counts_breaks_their_run() -> None:
    """It is a failing assessment of its own day, count or not."""
    call = itp(baseline=10, counts={7: 150, 14: 150}, happened=[bleed(10)])
    assert (call.best_response, call.reason) == ("NE", "unconfirmed")


def test_early_failures_do_not_stand_against_a_later_response() -> None:
    """No response is a verdict on the whole course: a confirmed response within the limit comes first."""
    call = itp(baseline=10, counts={3: 12, 4: 15, 14: 60, 21: 60})
    assert (call.best_response, call.onset) == ("R", 14)


def test_only_counts_after_the_start_confirm() -> None:
    """The count of day 0 is the baseline and no part of a run."""
    assert itp(counts={0: 60, 7: 150}).best_response == "NE"
    assert itp(counts={0: 60, 1: 150, 8: 150}).best_response == "CR"
