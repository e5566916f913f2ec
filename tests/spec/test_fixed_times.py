"""Outcomes at fixed times of ASH 2019: the count nearest to the day, without confirmation (DEF-ITP-20)."""

import pytest

from tests.spec.builder import Call, aiha, another, bleed, itp, rescue

WINDOWS = [("er_7d", 5, 9), ("ir_1m", 23, 37), ("dr_6m", 154, 210), ("rem_12m", 323, 407)]


def outcome(call: Call, name: str) -> bool | None:
    found: bool | None = getattr(call, name)
    return found


@pytest.mark.parametrize(("name", "first", "last"), WINDOWS)
def test_a_count_inside_the_window_answers_and_one_outside_leaves_it_unknown(
    name: str, first: int, last: int
) -> None:
    """Day 7 ±2, 30 ±7, 182 ±28, 365 ±42; both ends inside."""
    for day, answer in ((first - 1, None), (first, True), (last, True), (last + 1, None)):
        assert outcome(itp(baseline=10, counts={day: 150}), name) is answer
    assert outcome(itp(baseline=10, counts={first: 20}), name) is False
    assert outcome(itp(baseline=10, counts={}), name) is None


@pytest.mark.parametrize("name", ["er_7d", "ir_1m", "dr_6m"])
def test_response_at_a_fixed_time_is_at_least_30_and_doubled(name: str) -> None:
    """From 20, 40 and not 39; from 10, 30 and not 29."""
    day = {"er_7d": 7, "ir_1m": 30, "dr_6m": 182}[name]
    for baseline, count, answer in ((20, 40, True), (20, 39.9, False), (10, 30, True), (10, 29.9, False)):
        assert outcome(itp(baseline=baseline, counts={day: count}), name) is answer


def test_a_count_of_100_that_is_not_doubled_is_no_fixed_time_response() -> None:
    """ASH asks for the doubling where the working group does not."""
    call = itp(baseline=60, counts={7: 100, 14: 100})
    assert (call.best_response, call.er_7d) == ("CR", False)


@pytest.mark.parametrize(("count", "answer"), [(100, False), (100.000001, True), (99, False)])
def test_remission_at_12_months_is_above_100_not_at_100(count: float, answer: bool) -> None:
    """Strictly, and whatever the baseline."""
    assert itp(baseline=90, counts={365: count}).rem_12m is answer
    assert itp(counts={365: count}).rem_12m is answer


def test_the_nearest_count_answers_and_of_two_equally_near_the_earlier() -> None:
    """Day 8 before day 5; day 6 before day 8."""
    assert itp(baseline=10, counts={5: 20, 8: 60}).er_7d is True
    assert itp(baseline=10, counts={6: 20, 8: 60}).er_7d is False
    assert itp(baseline=10, counts={6: 60, 8: 20}).er_7d is True


def test_without_a_baseline_only_a_count_under_30_answers() -> None:
    """It fails either way; 60 may be a doubling or not."""
    assert itp(counts={7: 29}).er_7d is False
    assert itp(counts={7: 60}).er_7d is None


def test_counts_are_taken_as_they_are_bleeding_or_rescue_or_not() -> None:
    """These outcomes ask for a count and nothing else."""
    happened = [bleed(6, 8), rescue(1, "procedure")]
    assert itp(baseline=10, counts={7: 60}, happened=happened).er_7d is True


def test_a_count_after_the_next_course_does_not_answer() -> None:
    """It is that course's."""
    assert itp(baseline=10, counts={182: 60}, others=[another(100, "toxicity")]).dr_6m is None
    assert itp(baseline=10, counts={182: 60}, others=[another(182, "toxicity")]).dr_6m is True


def test_fixed_times_never_replace_the_best_response() -> None:
    """A single good count answers at day 7 and confirms nothing."""
    call = itp(baseline=10, counts={7: 60})
    assert (call.best_response, call.er_7d) == ("NE", True)


def test_hemoglobin_has_no_fixed_time_outcomes() -> None:
    """They are published for ITP."""
    call = aiha(baseline=60, counts={7: 135, 30: 135, 182: 135, 365: 135})
    assert (call.er_7d, call.ir_1m, call.dr_6m, call.rem_12m) == (None, None, None, None)
