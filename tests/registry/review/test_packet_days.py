"""Each row of a packet tells on which day of the course it began, and on which it ended where it has two days."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest

from registry.cli.judgements import _PARTS as PRINTED
from registry.patients.packet import packet_rows
from registry.record.tables import TABLES
from registry.review import askable, packet
from registry.review.packet import PARTS
from registry.screens.review import packet as page

START = date(2025, 3, 3)


def stored(part: str, first: int, last: int | None) -> dict[str, Any]:
    """A packet as it is stored, in the order of the alphabet: one row, by days of the course."""

    def on(day: int | None) -> str | None:
        return None if day is None else (START + timedelta(days=day)).isoformat()

    course = dict.fromkeys((*PARTS["courses"].columns, "agents", "regimen")) | {
        "course_id": "course-1",
        "started_on": START.isoformat(),
    }
    described = packet.fact_table(part)
    row = {
        **dict.fromkeys(PARTS[part].columns),
        **dict.fromkeys(PARTS[part].named, "row-1"),
        described.first_day: on(first),
        **({described.last_day: on(last)} if described.last_day else {}),
    }
    content: dict[str, Any] = {name: [] for name in PARTS} | {"course_id": "course-1", "courses": [course]}
    content[part] = [*(content["courses"] if part == "courses" else []), row]
    return dict(json.loads(packet.text(content)))


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(("first", "last"), [(-3, 4), (0, 0), (5, None), (-3, -1)])
def test_a_row_is_of_the_day_on_which_it_began_and_not_of_that_on_which_it_ended(
    part: str, first: int, last: int | None
) -> None:
    row = packet_rows(stored(part, first, last), part)[-1]
    assert row["course_day"] == first
    if packet.fact_table(part).last_day is not None:
        assert row["course_day_until"] == last
    else:
        assert "course_day_until" not in row


@pytest.mark.parametrize("part", PARTS)
def test_first_and_last_day_of_every_part_are_columns_of_it_by_name(part: str) -> None:
    described = packet.fact_table(part)
    assert described.first_day in PARTS[part].columns
    assert described.last_day is None or described.last_day in PARTS[part].columns
    ended = {name for name in PARTS[part].columns if name in ("ended_on", "stopped_on")}
    assert ended == {described.last_day} - {None}, "a part that has an end has it as its last day"


@pytest.mark.parametrize("name", [name for name, table in TABLES.items() if table.happened])
def test_no_fact_ends_before_it_begins_by_its_own_columns(name: str) -> None:
    table = TABLES[name]
    assert table.first_day == table.happened[0]
    assert table.last_day is None or (table.first_day, table.last_day) in table.ordered


@pytest.mark.parametrize("part", PARTS)
def test_page_and_terminal_show_both_days_and_their_days_of_the_course(part: str) -> None:
    described = packet.fact_table(part)
    titles = next(titles for named, titles in page._TABLES.values() if named == part)
    shown, printed = list(page._with_course_days(part, titles)), PRINTED[part][1]
    days = [(described.first_day, "course_day")]
    if described.last_day is not None:
        days.append((described.last_day, "course_day_until"))
    for on, of_course in days:
        if part != "episodes":  # its days are those of the disease
            assert on in printed
            assert of_course in printed
        assert shown.index(of_course) == shown.index(on) + 1


def test_a_bleed_in_the_list_of_what_may_be_asked_is_named_by_the_day_it_began() -> None:
    [_, row] = askable(stored("bleeds", -3, 4))
    assert row.words.startswith("Bleed, Fri 28 Feb 2025 to Fri 7 Mar 2025")


@pytest.mark.parametrize(
    ("born_on", "started_on", "age"),
    [
        ("2000-03-01", "2001-03-01", 1),
        ("2000-03-02", "2001-03-01", 0),
        ("1960-02-29", "2025-02-28", 64),
        ("1960-02-29", "2025-03-01", 65),
    ],
)
def test_the_age_in_a_packet_is_counted_in_birthdays(born_on: str, started_on: str, age: int) -> None:
    assert packet.age_on(date.fromisoformat(born_on), date.fromisoformat(started_on)) == age


def test_rows_are_of_the_kinds_that_the_page_shows() -> None:
    parts: Mapping[str, Any] = dict(page._TABLES.values())
    assert set(parts) == set(PARTS) == set(PRINTED)
