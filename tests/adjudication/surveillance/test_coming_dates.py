"""The days on which counts are still owed: month ends, leap days, three infusions, the last day, month 49."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from adjudication.surveillance.ladder import load
from adjudication.surveillance.schedule import add_months, coming_dates, schedule


def test_a_month_after_the_last_count_then_monthly_to_the_last_day_of_the_window() -> None:
    days = coming_dates(load(), date(2022, 3, 15), date(2025, 11, 20), date(2025, 12, 1))
    assert days == [date(2025, 12, 20), date(2026, 1, 20), date(2026, 2, 20), date(2026, 3, 15)]


def test_month_ends_stay_month_ends_where_the_month_is_shorter() -> None:
    days = coming_dates(load(), date(2023, 12, 31), None, date(2024, 1, 1))
    assert days[:4] == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]
    assert days[-1] == date(2027, 12, 31)


def test_a_short_month_does_not_pull_the_later_days_forward() -> None:
    days = coming_dates(load(), date(2023, 12, 1), date(2024, 1, 31), date(2024, 2, 5))
    assert days[:3] == [date(2024, 2, 29), date(2024, 3, 31), date(2024, 4, 30)]


def test_an_infusion_on_a_leap_day_ends_on_a_leap_day() -> None:
    assert coming_dates(load(), date(2024, 2, 29), None, date(2024, 3, 1))[-1] == date(2028, 2, 29)


def test_a_further_infusion_starts_the_months_again() -> None:
    """Three infusions: only the last one counts, whichever day is asked."""
    counted = date(2024, 6, 10)
    ends = [
        coming_dates(load(), on, counted, date(2024, 6, 12))[-1].year
        for on in (date(2022, 5, 1), date(2023, 5, 1), date(2024, 5, 1))
    ]
    assert ends == [2026, 2027, 2028]


def test_what_is_overdue_stands_first_and_is_not_doubled() -> None:
    days = coming_dates(load(), date(2024, 1, 10), date(2024, 3, 1), date(2024, 6, 15))
    assert days[0] == date(2024, 4, 1)
    assert days[1] == date(2024, 7, 1)


def test_on_the_last_day_one_count_is_owed_and_in_month_49_none() -> None:
    infused = date(2020, 1, 31)
    assert coming_dates(load(), infused, date(2024, 1, 15), date(2024, 1, 31)) == [date(2024, 1, 31)]
    assert coming_dates(load(), infused, date(2024, 1, 31), date(2024, 1, 31)) == []
    assert coming_dates(load(), infused, date(2024, 1, 15), date(2024, 2, 1)) == []


@given(
    st.dates(date(2015, 1, 1), date(2025, 12, 31)),
    st.none() | st.integers(0, 1600),
    st.integers(0, 1700),
)
def test_days_rise_lie_in_the_window_and_begin_with_what_is_due(
    infused: date, counted: int | None, passed: int
) -> None:
    last = None if counted is None or counted > passed else infused + timedelta(counted)
    as_of = infused + timedelta(passed)
    days = coming_dates(load(), infused, last, as_of)
    due = schedule(load(), infused, last, as_of)
    assert days == sorted(set(days))
    assert days[:1] == ([] if due.due_on is None else [due.due_on])
    assert not days or days[-1] == due.window_ends_on
    assert all((later - one).days <= 31 for one, later in pairwise(days[1:]))
    assert all(day <= add_months(infused, 48) for day in days)
