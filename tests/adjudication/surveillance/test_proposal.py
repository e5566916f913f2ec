"""When an episode is proposed: both sides of every edge (READ-SURV-10, READ-SURV-11)."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adjudication.day_values import EDTA, HEPARIN, Result
from adjudication.surveillance.ladder import load
from adjudication.surveillance.proposal import Answer, Count, Proposal, counting_since, proposal

FIRST_INFUSION = date(2024, 1, 10)
MICRO = 1_000_000


def count(day: int, value: float, name: str = "", seq: int = 0) -> Count:
    """A count so many days after the first infusion, in 10*9/L."""
    return Count(FIRST_INFUSION + timedelta(day), round(value * MICRO), name or f"C{day}", seq)


def proposed(
    *counts: Count, answers: tuple[Answer, ...] = (), since: date = FIRST_INFUSION
) -> Proposal | None:
    return proposal(load(), counts, since=since, answers=answers)


def answer(first: int, confirming: int, seq: int = 1) -> Answer:
    """An answer to counts so many days after the first infusion."""
    return Answer(FIRST_INFUSION + timedelta(first), FIRST_INFUSION + timedelta(confirming), seq)


def test_two_low_counts_on_different_days_propose_an_episode_dated_at_the_first() -> None:
    found = proposed(count(30, 200), count(60, 80), count(62, 75))
    assert found == Proposal(count(60, 80), count(62, 75))
    assert found.onset_on == FIRST_INFUSION + timedelta(60)


@pytest.mark.parametrize("value", [0, 3, 28, 99])
def test_a_single_low_count_proposes_nothing_however_low(value: float) -> None:
    assert proposed(count(5, value), count(30, 180)) is None


def test_two_low_specimens_of_one_day_do_not_confirm_each_other() -> None:
    assert proposed(count(60, 20, "A"), count(60, 22, "B")) is None


@pytest.mark.parametrize(("value", "proposes"), [(99.999999, True), (100, False)])
def test_below_100_is_low_and_100_is_not(value: float, proposes: bool) -> None:
    assert (proposed(count(60, 80), count(61, value)) is not None) is proposes
    assert (proposed(count(60, value), count(61, 80)) is not None) is proposes


@pytest.mark.parametrize(("apart", "proposes"), [(1, True), (92, True), (93, False)])
def test_the_two_counts_lie_at_most_92_days_apart(apart: int, proposes: bool) -> None:
    assert (proposed(count(60, 80), count(60 + apart, 80)) is not None) is proposes


@pytest.mark.parametrize(("day", "proposes"), [(-1, False), (0, True)])
def test_counts_before_the_first_infusion_propose_nothing(day: int, proposes: bool) -> None:
    assert (proposed(count(day, 80), count(3, 70)) is not None) is proposes


def test_a_normal_count_between_two_low_ones_separates_them() -> None:
    assert proposed(count(60, 80), count(61, 150), count(62, 80)) is None


def test_the_lowest_count_of_a_day_stands_for_the_day() -> None:
    found = proposed(count(60, 120, "A"), count(60, 90, "B"), count(61, 95))
    assert found is not None
    assert found.first.name == "B"


def test_answered_counts_propose_nothing_again_and_two_new_ones_do() -> None:
    answers = (answer(60, 62),)
    first = (count(60, 80), count(62, 75))
    third, fourth = count(64, 70, seq=2), count(65, 60, seq=3)
    assert proposed(*first, answers=answers) is None
    assert proposed(*first, third, answers=answers) is None
    assert proposed(*first, third, fourth, answers=answers) == Proposal(third, fourth)


def test_the_other_specimens_of_an_answered_day_propose_nothing() -> None:
    days = (
        count(60, 80, "EDTA"),
        count(60, 84, "citrate"),
        count(63, 80, "EDTA 2"),
        count(63, 84, "citrate 2"),
    )
    assert proposed(*days) is not None
    assert proposed(*days, answers=(answer(60, 63),)) is None


def test_an_answer_is_about_the_whole_fall_as_it_was_known() -> None:
    fall = [count(60 + 3 * step, value) for step, value in enumerate((90, 80, 70, 60, 85, 88))]
    assert proposed(*fall, answers=(answer(60, 63),)) is None
    assert proposed(*fall, answers=(answer(66, 69),)) is None
    further = count(78, 40, seq=2), count(81, 30, seq=3)
    assert proposed(*fall, *further, answers=(answer(60, 63),)) == Proposal(*further)


@pytest.mark.parametrize("between", [[count(70, 150)], []])
def test_a_fall_apart_from_the_answered_one_was_not_answered(between: list[Count]) -> None:
    """Apart by a normal count, or by more than 92 days."""
    later = count(200, 12), count(202, 9)
    found = proposed(count(60, 80), count(62, 75), *between, *later, answers=(answer(60, 62),))
    assert found == Proposal(*later)


def test_what_was_stored_after_the_answer_speaks() -> None:
    amended = count(60, 8, seq=2), count(63, 8, seq=3)
    assert proposed(*amended, answers=(answer(60, 63),)) == Proposal(*amended)
    found = proposed(count(60, 80), count(62, 75), count(61, 8, "late", seq=2), answers=(answer(60, 62),))
    assert found is None  # one further low count beside answered ones


def test_after_an_episode_only_later_counts_count() -> None:
    counts = (count(60, 80), count(62, 75), count(400, 90))
    since = FIRST_INFUSION + timedelta(63)
    assert proposed(*counts, since=since) is None
    assert proposed(*counts, count(410, 85), since=since) == Proposal(count(400, 90), count(410, 85))


@given(
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 300)), max_size=12),
    st.randoms(use_true_random=False),
)
def test_the_order_of_counts_changes_nothing_and_what_is_proposed_is_low(
    drawn: list[tuple[int, int]], random: Random
) -> None:
    counts = [count(day, value, f"{number}") for number, (day, value) in enumerate(drawn)]
    found = proposed(*counts)
    random.shuffle(counts)
    assert proposed(*counts) == found
    if found is not None:
        assert max(found.first.e6, found.confirming.e6) < 100 * MICRO
        assert found.first.day < found.confirming.day


@pytest.mark.parametrize(
    ("ends", "since"),
    [
        ([], 0),
        ([-20], 0),
        ([-1], 0),
        ([0], 1),
        ([60], 61),
        ([99, 60], 100),
        ([100], None),
        ([None], None),
        ([20, None], None),
    ],
)
def test_counts_propose_from_the_first_infusion_or_the_day_after_the_last_episode_and_not_during_one(
    ends: list[int | None], since: int | None
) -> None:
    days = [None if after is None else FIRST_INFUSION + timedelta(after) for after in (*ends, since)]
    assert counting_since(FIRST_INFUSION, days[:-1], FIRST_INFUSION + timedelta(100)) == days[-1]


def in_tube(day: int, value: float, tube: int, minute: int | None = None) -> Count:
    """A count in a tube, with its time."""
    plain = count(day, value, f"C{day}-{tube}-{minute}")
    return replace(plain, result=Result(plain.e6, plain.e6, tube, minute))


@pytest.mark.parametrize(("heparin", "proposes"), [(160, False), (158, True)])
def test_a_day_on_which_the_tubes_disagree_proposes_by_the_value_that_holds(
    heparin: float, proposes: bool
) -> None:
    counts = (count(60, 80), in_tube(62, 80, EDTA), in_tube(62, heparin, HEPARIN))
    assert (proposed(*counts) is not None) is proposes


@pytest.mark.parametrize(("starts", "proposes"), [([], False), ([62], True), ([61], False)])
def test_a_recheck_clears_a_low_count_unless_a_course_starts_that_day(
    starts: list[int], proposes: bool
) -> None:
    counts = (count(60, 80), in_tube(62, 20, EDTA, 480), in_tube(62, 210, EDTA, 720))
    days = [FIRST_INFUSION + timedelta(day) for day in starts]
    found = proposal(load(), counts, since=FIRST_INFUSION, starts=days)
    assert (found is not None) is proposes


@pytest.mark.parametrize(
    ("low", "high", "proposes"),
    [(0, 100 * MICRO - 1, True), (0, 100 * MICRO, False), (50 * MICRO, 10**15, False)],
)
def test_a_limit_proposes_only_where_it_lies_below_100_at_both_ends(
    low: int, high: int, proposes: bool
) -> None:
    limit = replace(count(62, 60), result=Result(low, high))
    assert (proposed(count(60, 80), limit) is not None) is proposes
