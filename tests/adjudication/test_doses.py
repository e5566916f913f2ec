"""How long a dose step lasts."""

from datetime import date, timedelta

import numpy as np
import pytest
from numpy.typing import NDArray

from adjudication.doses import last_day, last_days, next_step, overlaps
from adjudication.response.terms import NO_DAY


def whole(*numbers: int) -> NDArray[np.int32]:
    return np.array(numbers, np.int32)


def test_the_next_step_of_the_same_agent_in_the_same_course_ends_a_step() -> None:
    course, agent = whole(0, 0, 0, 1), whole(7, 7, 8, 7)
    started = whole(10, 30, 15, 20)
    found = last_days(course, agent, started, whole(NO_DAY, NO_DAY, NO_DAY, NO_DAY))
    assert found.tolist() == [29, NO_DAY, NO_DAY, NO_DAY]


def test_an_earlier_end_of_its_own_holds_and_a_later_one_does_not() -> None:
    found = last_days(whole(0, 0, 0), whole(0, 0, 0), whole(10, 30, 50), whole(20, 60, 55))
    assert found.tolist() == [20, 49, 55]


def test_steps_that_begin_on_one_day_do_not_end_each_other() -> None:
    found = last_days(whole(0, 0, 0), whole(0, 0, 0), whole(10, 10, 30), whole(NO_DAY, 12, NO_DAY))
    assert found.tolist() == [29, 12, NO_DAY]


def test_without_steps_there_are_no_days() -> None:
    assert last_days(whole(), whole(), whole(), whole()).tolist() == []


@pytest.mark.parametrize("seed", range(20))
def test_the_columns_and_the_single_step_say_the_same(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 60
    course, agent, started = (rng.integers(0, most, n).astype(np.int32) for most in (4, 3, 40))
    stopped = np.where(rng.random(n) < 0.5, NO_DAY, started + rng.integers(0, 20, n)).astype(np.int32)
    first = date(2025, 1, 1)
    steps = [
        (f"C{c}", f"A{a}", first + timedelta(days=int(d)))
        for c, a, d in zip(course, agent, started, strict=True)
    ]
    ends = [None if d == NO_DAY else first + timedelta(days=int(d)) for d in stopped]
    found = [last_day(end, next_step(steps, place)) for place, end in enumerate(ends)]
    expected = [
        None if d == NO_DAY else first + timedelta(days=int(d))
        for d in last_days(course, agent, started, stopped)
    ]
    assert found == expected


def test_a_step_that_ends_the_day_before_the_next_one_does_not_overlap_it() -> None:
    next_on = date(2025, 1, 18)
    assert not overlaps(date(2025, 1, 17), next_on)
    assert overlaps(date(2025, 1, 18), next_on)
    assert not overlaps(None, next_on)
    assert not overlaps(date(2025, 1, 18), None)
