"""How long a finding may wait: hours from the specimen where its time is known, else from the end of its day."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from registry import record
from registry.roles import Actor
from registry.store.database import Database
from registry.surveillance.deadline import Deadline, deadline, span
from registry.surveillance.worklist import worklist

TODAY = date(2026, 3, 31)
Log = Callable[..., None]


@pytest.fixture
def log(registry: Database, operator: Actor) -> Log:
    numbers = iter(range(1000))

    def log_fact(table: str, **values: Any) -> None:
        name = {} if table == "patient" else {f"{table}_id": f"{table}{next(numbers)}"}
        record.log(registry, operator, table, {"patient_id": "P", **name, **values}, today=TODAY)

    log_fact("patient", site="north")
    log_fact("exposure", agent="alemtuzumab", setting="multiple_sclerosis", started_on="2025-06-01")
    return log_fact


def count(log: Log, at: str, value: str, **other: Any) -> None:
    log("observation", observed_at=at, analyte="platelets", value=value, unit="10*9/L", **other)


@pytest.fixture
def stands(registry: Database, operator: Actor) -> Callable[[str], Deadline | None]:
    """The deadline of the only patient at a moment."""

    def look(at: str) -> Deadline | None:
        now = datetime.fromisoformat(at)
        (row,) = worklist(registry, operator, now.date()).rows.to_pylist()
        return deadline(row, now)

    return look


@pytest.mark.parametrize(
    ("at", "value", "now", "said"),
    [
        ("2026-03-30T14:30", "40", "2026-03-31T07:30", "by Thu 2 Apr 2026 14:30, 55 h left"),
        ("2026-03-30T14:30", "40", "2026-04-02T14:29", "by Thu 2 Apr 2026 14:30, 1 min left"),
        ("2026-03-30T14:30", "40", "2026-04-02T14:30", "missed"),
        ("2026-03-30T14:30", "40", "2026-04-02T19:45", "missed by 5 h"),
        ("2026-03-30", "40", "2026-04-02T23:30", "by the end of Thu 2 Apr 2026, 30 min left"),
        ("2026-03-30", "40", "2026-04-03T05:00", "missed by 5 h"),
        ("2026-03-30T14:30", "80", "2026-03-31T14:30", "by Thu 2 Apr 2026 14:30, 48 h left"),
        ("2026-03-30", "120", "2026-04-01T00:00", "by the end of Mon 13 Apr 2026, 13 days left"),
        ("2026-03-30T09:00", "28", "2026-03-30T18:00", "now"),
        ("2026-03-30T09:00", "28", "2026-03-31T05:10", "missed by 5 h"),
    ],
)
def test_the_countdown_runs_from_the_specimen_or_from_the_end_of_its_day(
    log: Log, stands: Callable[[str], Deadline], at: str, value: str, now: str, said: str
) -> None:
    count(log, at, value)
    assert stands(now).text == said


def test_the_time_on_the_wall_counts_where_the_laboratory_says_its_offset(
    log: Log, stands: Callable[[str], Deadline]
) -> None:
    count(log, "2026-03-30T14:30+02:00", "40")
    assert stands("2026-03-31T14:30").by == datetime(2026, 4, 2, 14, 30)


def test_a_clumped_specimen_counts_from_its_own_time_and_a_sign_is_due_on_its_day(
    log: Log, stands: Callable[[str], Deadline]
) -> None:
    count(log, "2026-03-01", "240")
    count(log, "2026-03-30T08:15", "40", quality="clumped")
    assert stands("2026-03-31T08:15").text == "by Thu 2 Apr 2026 08:15, 48 h left"
    log("sign", noticed_on="2026-03-31", sign="petechiae")
    assert stands("2026-03-31T08:15").text == "now"
    assert stands("2026-04-01T02:00").text == "missed by 2 h"


def test_of_several_counts_of_a_day_the_lowest_gives_the_hour(
    log: Log, stands: Callable[[str], Deadline]
) -> None:
    count(log, "2026-03-30", "90")
    count(log, "2026-03-30T16:00", "60")
    count(log, "2026-03-30T08:00", "60")
    assert stands("2026-03-31T08:00").by == datetime(2026, 4, 2, 8)


def test_the_first_of_several_clumped_specimens_gives_the_hour(
    log: Log, stands: Callable[[str], Deadline]
) -> None:
    count(log, "2026-03-27", "240")
    count(log, "2026-03-28T16:00", "90", quality="clumped")
    count(log, "2026-03-28T09:00", "90", quality="clumped")
    count(log, "2026-03-30T08:00", "90", quality="clumped")
    assert stands("2026-03-31T08:00").by == datetime(2026, 3, 31, 9)
    count(log, "2026-03-29", "230")
    assert stands("2026-03-31T08:00").by == datetime(2026, 4, 2, 8)


def test_a_recheck_puts_off_no_contact_that_is_confirmed(log: Log, stands: Callable[[str], Deadline]) -> None:
    count(log, "2026-03-22", "75")
    assert stands("2026-03-22T09:00").by == datetime(2026, 3, 26)
    for day in (25, 28, 31):
        count(log, f"2026-03-{day}", "75")
        assert stands(f"2026-03-{day}T09:00").by == datetime(2026, 3, 26)


def test_a_halving_below_100_hastens_the_recheck(log: Log, stands: Callable[[str], Deadline]) -> None:
    count(log, "2026-03-01", "300")
    count(log, "2026-03-30T08:00", "90")
    assert stands("2026-03-30T09:00").at_once


def test_what_was_settled_counts_down_no_more_and_a_normal_count_never_did(
    log: Log, stands: Callable[[str], Deadline | None]
) -> None:
    count(log, "2026-03-30", "40")
    log("outcome", done_on="2026-03-30", outcome="referred")
    assert stands("2026-04-10T09:00") is None
    count(log, "2026-03-31", "250")
    assert stands("2026-03-31T09:00") is None


def test_a_recheck_after_the_deadline_is_known_as_late(log: Log, stands: Callable[[str], Deadline]) -> None:
    count(log, "2026-03-30", "40")
    limit = stands("2026-03-31T09:00")
    assert not limit.passed_on(date(2026, 4, 2))
    assert limit.passed_on(date(2026, 4, 3))


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=71, minutes=59), "71 h"),
        (timedelta(hours=72), "3 days"),
    ],
)
def test_a_span_is_said_in_minutes_hours_or_days(length: timedelta, said: str) -> None:
    assert span(length) == said
