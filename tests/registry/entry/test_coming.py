"""A day that lies ahead, as it is typed: the next one that is meant, or why none is understood."""

from datetime import date

import pytest

from registry.entry.coming import read_coming_day

TODAY = date(2026, 3, 31)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", date(2026, 3, 31)),
        ("Tomorrow", date(2026, 4, 1)),
        ("+2d", date(2026, 4, 2)),
        ("+1w", date(2026, 4, 7)),
        ("thu", date(2026, 4, 2)),
        ("tuesday", date(2026, 4, 7)),
        ("2 apr", date(2026, 4, 2)),
        ("2/4", date(2026, 4, 2)),
        ("thu 2 apr", date(2026, 4, 2)),
        ("2026-04-02", date(2026, 4, 2)),
        ("2/4/26", date(2026, 4, 2)),
        ("31/3", date(2026, 3, 31)),
    ],
)
def test_the_next_such_day_is_meant(text: str, day: date) -> None:
    assert read_coming_day(text, TODAY).value == day


def test_a_day_over_the_turn_of_the_year_is_in_the_next() -> None:
    assert read_coming_day("2 jan", date(2026, 12, 30)).value == date(2027, 1, 2)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("30/3", "is in the past"),
        ("-2d", "Enter a date in the future"),
        ("yesterday", "Enter a date in the future"),
        ("2026-12-24", "more than 183 days ahead"),
        ("+40w", "more than 183 days ahead"),
        ("fri 2 apr", "is not a Fri"),
        ("soon", "not a recognized date"),
    ],
)
def test_what_is_not_ahead_or_not_understood_says_why(text: str, problem: str) -> None:
    read = read_coming_day(text, TODAY)
    assert read.value is None
    assert problem in str(read.problem)


def test_nothing_typed_is_no_day_and_no_problem() -> None:
    assert read_coming_day(" ", TODAY).understood
