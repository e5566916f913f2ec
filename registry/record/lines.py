"""Lines of treatment: which course has which number, for what is read by key and not through course_view."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

Row = dict[str, Any]


def number_lines(courses: Sequence[Row]) -> None:
    """Give each course of one patient its line as course_view does.

    `courses` are in order of start and have disease, intent, start_reason and agents (names joined by `+`). A number
    that was supplied is kept. Observation is line 0, maintenance after an active course has no number, and active
    courses that begin on one day are one line (DEF-LINE-02, -08, DEF-ITP-28).
    """
    counted: dict[str, int] = {}
    begun: dict[str, date] = {}
    first: dict[str, date] = {}
    for row in courses:
        disease, start = row["disease"], row["started_on"]
        if row["intent"] == "observation" or row["agents"] == "observation":
            row["line_number"] = 0
            continue
        if is_maintenance(row) and first.setdefault(disease, start) < start:
            row["line_number"] = None
            continue
        first.setdefault(disease, start)
        if begun.get(disease) != start:
            counted[disease], begun[disease] = counted.get(disease, 0) + 1, start
        if row["line_number"] is None:
            row["line_number"] = counted[disease]


def is_maintenance(course: Row) -> bool:
    """Whether a course is recorded as one that goes on with the response of the course before it."""
    intent, reason = course["intent"], course["start_reason"]
    return intent == "maintenance" or (intent is None and reason == "steroid_sparing")


def line_words(number: int | None) -> str:
    """`line 2`, `observation` for line 0, `maintenance` for a course without a number."""
    return "maintenance" if number is None else "observation" if number == 0 else f"line {number}"
