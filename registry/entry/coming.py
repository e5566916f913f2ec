"""A day that lies ahead as a person types it: for what is arranged and has not happened yet."""

from __future__ import annotations

import re
from datetime import date, timedelta

from registry.record.text.days import WEEKDAYS, Typed, read_day, said

HORIZON = timedelta(days=183)
"""Nothing is arranged further ahead; a day without a year is the next one within it."""
_AHEAD = re.compile(r"\+\s*(\d{1,3})\s*([dw])", re.IGNORECASE)
_FORMS = "2 apr, 2/4/26, 2026-04-02, thu, tomorrow or +2d"


def read_coming_day(text: str, today: date) -> Typed[date]:
    """The day that `text` says, from `today` on: 2 apr, 2/4, 2026-04-02, thu, today, tomorrow, +2d, +1w.

    A missing year is the next that comes; a weekday alone is the next one after today.
    """
    written = " ".join(text.split()).casefold()
    if not written:
        return Typed(None)
    if written in ("today", "tomorrow"):
        return _understood(today + timedelta(days=written == "tomorrow"), today)
    if found := _AHEAD.fullmatch(written):
        return _understood(today + timedelta(days=int(found[1]) * (7 if found[2] == "w" else 1)), today)
    weekday = next(
        (place for place, name in enumerate(WEEKDAYS) if written.startswith(name.casefold())), None
    )
    if weekday is not None and written.isalpha():
        return _understood(today + timedelta(days=(weekday - today.weekday() - 1) % 7 + 1), today)
    if written.startswith(("-", "\u2212", "yesterday")):
        return Typed(None, problem=f"Enter a date in the future, as {_FORMS}.")
    read = read_day(written, today + HORIZON)
    if read.value is not None:
        return _understood(read.value, today)
    past = read_day(written, today)
    return Typed(
        None, problem=_too_far() if "future" in (read.problem or "") else past.problem or read.problem
    )


def _too_far() -> str:
    return f"That is more than {HORIZON.days} days ahead: is the year right?"


def _understood(found: date, today: date) -> Typed[date]:
    if found < today:
        return Typed(None, problem=f"{said(found)} is in the past. Enter a date in the future, as {_FORMS}.")
    if found - today > HORIZON:
        return Typed(None, problem=_too_far())
    days = (found - today).days
    ahead = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
    return Typed(found, f"{said(found)}, {ahead}")
