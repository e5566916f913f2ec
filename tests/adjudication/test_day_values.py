"""Which of several results of one day holds does not depend on the order in which they were logged."""

import random
from itertools import permutations

from adjudication.day_values import CITRATE, EDTA, HEPARIN, Result, value_of_day


def held(*results: Result, timed: bool = True) -> Result:
    return results[value_of_day(results, 2, timed).place]


def test_of_a_limit_and_a_number_with_one_lower_end_the_number_holds() -> None:
    """Less than 150 may be anything; 0 is 0, and the lowest of the day is no higher."""
    limit, number = Result(0, 149, EDTA, 1065), Result(0, 0, EDTA, 480)
    assert held(limit, number) == held(number, limit) == number


def test_of_two_limits_with_one_lower_end_the_tighter_holds() -> None:
    tight, wide = Result(0, 9, EDTA, None), Result(0, 49, EDTA, None)
    assert held(tight, wide) == held(wide, tight) == tight


def test_a_lower_lower_end_goes_before_a_lower_upper_end() -> None:
    limit, number = Result(0, 49, EDTA, None), Result(10, 10, EDTA, None)
    assert held(limit, number) == held(number, limit) == limit


def test_the_order_of_logging_decides_nothing() -> None:
    chance = random.Random(20261130)
    values = (0, 5, 10, 20, 21, 40, 45, 100)
    for _ in range(2_000):
        results = []
        for _ in range(chance.randint(2, 4)):
            value, limit = chance.choice(values), chance.choice(("", "", "", "<", ">"))
            low, high = {"": (value, value), "<": (0, max(value - 1, 0)), ">": (value + 1, 2**50)}[limit]
            tube = chance.choice((EDTA, EDTA, CITRATE, HEPARIN))
            results.append(Result(low, high, tube, chance.choice((480, 570, 1065))))
        for timed in (True, False):
            seen = {held(*order, timed=timed)[:2] for order in permutations(results)}
            assert len(seen) == 1, (results, timed, seen)
