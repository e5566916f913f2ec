"""How days, times and numbers of things are written: one way on pages, one in files and terminals.

Pages have `18 Feb 2019`, in which no month is a number; files and terminals have `2019-02-18`, which sorts. The
words are English, whatever the locale of the machine.
"""

from datetime import date, datetime

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def page_day(day: date) -> str:
    """`18 Feb 2019`."""
    return f"{day.day} {page_month(day)}"


def page_weekday(day: date) -> str:
    """`Mon 18 Feb 2019`."""
    return f"{WEEKDAYS[day.weekday()]} {page_day(day)}"


def page_month(day: date) -> str:
    """`Feb 2019`."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def page_moment(at: datetime) -> str:
    """`18 Feb 2019 14:05`, in the zone of `at`."""
    return f"{page_day(at)} {clock(at)}"


def clock(at: datetime) -> str:
    """`14:05`."""
    return f"{at:%H:%M}"


def file_moment(at: datetime) -> str:
    """`2019-02-18 14:05 UTC`, of a moment in UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def number_of(number: int, noun: str, plural: str | None = None) -> str:
    """`1 count`, `2 counts`, `2,000 counts`; `plural` where it is not the noun with an s."""
    return f"{number:,} {noun_of(number, noun, plural)}"


def noun_of(number: int, noun: str, plural: str | None = None) -> str:
    """The noun alone, in the form that belongs to the number."""
    return noun if number == 1 else plural or f"{noun}s"
