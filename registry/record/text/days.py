"""A day as a person types it: understood and echoed with the month as a word, or explained.

The day comes before the month, as in most of the world; whoever is used to another order sees it in the echo.
Nothing lies in the future, and nothing is swapped or completed that could be meant in another way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Generic, TypeVar

from registry.record.cell_reader import Complaint
from registry.record.cell_reader import read_day as read_iso
from registry.wording import MONTHS, WEEKDAYS, page_weekday

T = TypeVar("T")

YEARS_BACK = 50
"""A year of two digits is one of the last so many, else it is asked for in full."""
YEARS_OF_LIFE = 110
"""The same for a day of birth."""
DOUBTED_DAYS = 180
"""A day without a year that lies further back is understood, and doubted."""
_MONTH_NAMES = (
    ("january", "januar", "jänner", "enero", "janvier", "gennaio", "januari"),
    ("february", "februar", "febrero", "février", "fevrier", "febbraio", "februari"),
    ("march", "märz", "maerz", "marzo", "mars", "maart"),
    ("april", "abril", "avril", "aprile"),
    ("may", "mai", "mayo", "maggio", "mei"),
    ("june", "juni", "junio", "juin", "giugno"),
    ("july", "juli", "julio", "juillet", "luglio"),
    ("august", "agosto", "août", "aout", "augustus"),
    ("september", "septiembre", "septembre", "settembre"),
    ("october", "oktober", "octubre", "octobre", "ottobre"),
    ("november", "noviembre", "novembre"),
    ("december", "dezember", "diciembre", "décembre", "decembre", "dicembre"),
)
_SHORTEST_NAME = 3
WEEKDAY = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)(?:[a-z]*day)?[.,]?\s+")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_NUMBERS = re.compile(r"(\d{1,2})\s*([/. -])\s*(\d{1,2})(?:(?:\s*\2\s*|\s+)(\d{2}|\d{4}))?\.?")
_RUN = re.compile(r"(\d{2})(\d{2})(\d{4})")
_RUN_FROM_YEAR = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NAMED = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.)?[\s/.-]*([^\W\d_]+)\.?[\s,/.-]*(\d{2}|\d{4})?")
_NAME_FIRST = re.compile(r"([^\W\d_]+)\.?[\s-]*(\d{1,2})(?:st|nd|rd|th)?(?:[\s,-]+(\d{4}))?")
_AGO = re.compile(r"[-−–]\s*(\d{1,4})\s*([dw])", re.IGNORECASE)
_TODAY = {"today": 0, "t": 0, "heute": 0, "hoy": 0, "yesterday": 1, "gestern": 1, "ayer": 1}
_FORMS = "3/2/26, 3 feb 2026, 2026-02-03, today or -3d"


@dataclass(frozen=True)
class Typed(Generic[T]):
    """What was typed, as understood. Empty text gives neither value nor problem.

    `echo` says in words what was understood; `problem` why nothing was, and what to write instead; `doubt` what
    looks odd about an understood value, for a second look; `missing` is the reason where the person says that
    there is no value (not_done, unknown, not_applicable).
    """

    value: T | None
    echo: str = ""
    problem: str | None = None
    doubt: str | None = None
    missing: str | None = None

    @property
    def understood(self) -> bool:
        """Whether what was typed can be stored: a value, a reason, or nothing at all."""
        return self.problem is None


def said(day: date) -> str:
    """`Tue 3 Feb 2026`: the month is never a number."""
    return page_weekday(day)


def read_day(text: str, today: date, *, birth: bool = False) -> Typed[date]:
    """The day that `text` says, never after `today`.

    Understood are 3/2/26 (the day first), 3/2/2026, 03022026, 3 feb, 3 feb 26, 2026-02-03, today, yesterday, -3d,
    -2w, and the echo itself. A missing year is the most recent past one; a year of two digits one of the last
    YEARS_BACK (of the last YEARS_OF_LIFE for a day of `birth`).
    """
    written = " ".join(text.split()).casefold()
    if not written:
        return Typed(None)
    weekday = WEEKDAY.match(written)
    if weekday is None:
        return _read(written, today, birth)
    return of_weekday(weekday[1], _read(written[weekday.end() :], today, birth))


def of_weekday(weekday: str, found: Typed[date]) -> Typed[date]:
    """The day that was understood, or why it cannot be: it is another weekday than `mon`, `tue` … that was written."""
    if found.value is not None and WEEKDAYS[found.value.weekday()].casefold() != weekday:
        return _asked(
            f"{found.echo} is not a {weekday.capitalize()}. Write the intended date without the weekday."
        )
    return found


def _read(written: str, today: date, birth: bool) -> Typed[date]:
    if written in _TODAY:
        return _understood(today - timedelta(days=_TODAY[written]), today)
    if found := _AGO.fullmatch(written):
        days = int(found[1]) * (7 if found[2].casefold() == "w" else 1)
        return _understood(today - timedelta(days=days), today)
    if (found := _ISO.fullmatch(written)) or (found := _run_from_year(written)):
        return dated(found[3], found[2], found[1], today, birth)
    if found := _RUN.fullmatch(written):
        return dated(found[1], found[2], found[3], today, birth)
    if found := _NUMBERS.fullmatch(written):
        if found[2] == "-" and found[4] and len(found[4]) == 2:
            return _asked(f"{written} may begin with the day or with the year: write it as {_FORMS}.")
        return dated(found[1], found[3], found[4], today, birth)
    if found := _NAMED.fullmatch(written):
        return _named(found[1], found[2], found[3], today, birth)
    if found := _NAME_FIRST.fullmatch(written):
        return _named(found[2], found[1], found[3], today, birth)
    if re.fullmatch(r"\d{6}", written):
        return _asked(f"{written} may begin with the day or with the year: write it as {_FORMS}.")
    return _asked(f"This is not a recognized date. Write it as {_FORMS}.")


def _asked(problem: str) -> Typed[date]:
    return Typed(None, problem=problem)


def _run_from_year(written: str) -> re.Match[str] | None:
    """Eight digits that begin with the year; what can be read from the day is read so."""
    found, day_first = _RUN_FROM_YEAR.fullmatch(written), _RUN.fullmatch(written)
    if found is None or day_first is None:
        return None
    month, year = int(day_first[2]), int(day_first[3])
    return None if 1 <= month <= 12 and year >= 1900 else found


def _named(day: str, name: str, year: str | None, today: date, birth: bool) -> Typed[date]:
    months = sorted(set(_months_named(name)))
    if not months:
        return _asked(f"{name!r} is not a recognized month. Write it as {_FORMS}.")
    if len(months) > 1:
        which = " or ".join(f"{int(day)} {MONTHS[month - 1].lower()}" for month in months)
        return _asked(f"Several months begin with {name!r}: write {which}.")
    return dated(day, str(months[0]), year, today, birth)


def _months_named(name: str) -> Iterator[int]:
    for number, names in enumerate(_MONTH_NAMES, 1):
        if name in names:
            yield number
            return
    if len(name) >= _SHORTEST_NAME:
        for number, names in enumerate(_MONTH_NAMES, 1):
            if any(one.startswith(name) for one in names):
                yield number


def dated(day: str, month: str, year: str | None, today: date, birth: bool = False) -> Typed[date]:
    """The day with its year completed, where that can be done in one way only."""
    if not 1 <= int(month) <= 12:
        return _asked(_no_month(int(day), int(month), year))
    if year is None:
        return _most_recent(int(day), int(month), today)
    if len(year) == 4:
        return _existing(int(day), int(month), int(year), today)
    longest = YEARS_OF_LIFE if birth else YEARS_BACK
    years = [
        century + int(year)
        for century in (1900, 2000)
        if today.year - longest <= century + int(year) <= today.year
    ]
    if len(years) != 1:
        past = [str(century + int(year)) for century in (1900, 2000) if century + int(year) <= today.year]
        return _asked(f"Write the year in full: {' or '.join(past)}.")
    return _existing(int(day), int(month), years[0], today)


def _no_month(day: int, month: int, year: str | None) -> str:
    """What to say of 2/13/26."""
    if 1 <= day <= 12 and 1 <= month <= 31:
        meant = f"{month} {MONTHS[day - 1].lower()}" + (f" {year}" if year else "")
        return f"The day comes first here, and there is no month {month}. If {meant} is meant, write that."
    return f"There is no month {month}. Write the day as {_FORMS}."


def _existing(day: int, month: int, year: int, today: date) -> Typed[date]:
    try:
        found = date(year, month, day)
    except ValueError:
        return _asked(
            f"{MONTHS[month - 1]} {year} has no day {day}. Check the date." if year else "There is no year 0."
        )
    return _understood(found, today)


def _most_recent(day: int, month: int, today: date) -> Typed[date]:
    """The last such day that was; the 29th of February may be years ago."""
    for year in range(today.year, today.year - 9, -1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today:
            return replace(_understood(found, today), doubt=_long_ago(found, today))
    return _asked(f"{MONTHS[month - 1]} has no day {day}. Check the date.")


def _long_ago(found: date, today: date) -> str | None:
    days = (today - found).days
    return f"That was {days} days ago: is the year right?" if days > DOUBTED_DAYS else None


def _understood(found: date, today: date) -> Typed[date]:
    if found > today:
        return _asked(f"{said(found)} is in the future. Check the day and the year.")
    complaint = read_iso(found.isoformat(), today)
    if isinstance(complaint, Complaint):
        return _asked(f"{said(found)} is not {complaint.expected}. {complaint.remedy}")
    return Typed(found, said(found))
