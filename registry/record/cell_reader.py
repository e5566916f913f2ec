"""How one cell of a table is read: the one place for it.

A form sends one row through here, an import four million; both get the same answer. A cell is text or None
(not recorded). Reading gives the typed value, or a complaint that says what was expected and what to do.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from adjudication.agents import agent
from adjudication.toml_table import nearest
from registry.record.columns import Column, Kind
from registry.record.units import sentinel_dates

EARLIEST = date(1900, 1, 2)
LONGEST = {"id": 128, "text": 2_000, "note": 20_000}


@dataclass(frozen=True)
class Complaint:
    """Why a cell cannot be read, and what to do about it."""

    expected: str
    remedy: str


def _unprintable(text: str, several_lines: bool) -> str | None:
    for character in text:
        if several_lines and character in "\n\r\t":
            continue
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
            return f"U+{ord(character):04X}"
    return None


def _read_text(column: Column, text: str) -> str | Complaint:
    size = {Kind.ID: "id", Kind.NOTE: "note"}.get(column.kind, "text")
    if len(text) > LONGEST[size]:
        return Complaint(f"at most {LONGEST[size]:,} characters", "Shorten it.")
    if text != text.strip():
        return Complaint("text without spaces at its start or end", "Remove them.")
    hidden = _unprintable(text, column.kind is Kind.NOTE)
    if hidden:
        return Complaint(
            "text without control, invisible or direction-changing characters", f"Remove {hidden}."
        )
    if not unicodedata.is_normalized("NFC", text):
        return Complaint("composed characters (Unicode NFC)", "Save the file in normal form NFC.")
    return text


def _read_word(column: Column, text: str) -> str | Complaint:
    if text in column.words:
        return text
    known = agent(text) if column.names_agent else None
    if known and known.name in column.words:
        return known.name
    meant = nearest(text, column.words)
    remedy = f"Did you mean {meant}?" if meant else "Use one of these words, in lower case as written here."
    return Complaint(f"one of {', '.join(column.words)}", remedy)


def _read_date(text: str, today: date | None) -> date | Complaint:
    if re.fullmatch(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}", text):
        return Complaint(
            "a date like 2026-03-31",
            "Day and month could be swapped here, or the century is missing: write year-month-day.",
        )
    if re.fullmatch(r"[1-9]\d{4}(?:\.\d+)?", text):
        return Complaint(
            "a date like 2026-03-31",
            "This is a spreadsheet's (Excel's) number of a day: format the column as a date and save again.",
        )
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return Complaint("a date like 2026-03-31", "Write year-month-day with four digits for the year.")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return Complaint("a day that exists", "This date does not exist. Check it.")
    if text in sentinel_dates():
        return Complaint("a real date", "Some systems use this date for 'not known'. Leave it empty.")
    if found < EARLIEST:
        return Complaint("a date after 1900", "Check the year.")
    if today is not None and found > today:
        return Complaint(f"a date up to today, {today}", "The date is in the future. Check it.")
    return found


_TIME = re.compile(
    r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,]([0-9]{1,9}))?)?"
    r"(?P<offset>Z|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?"
)


@dataclass(frozen=True)
class Clock:
    """A time of day as written: microseconds since midnight, and minutes ahead of UTC if the source said."""

    microseconds: int
    utc_offset_minutes: int | None


def read_clock(text: str) -> Clock | Complaint:
    """One time of day, with or without an offset, or why it is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        remedy = (
            "24:00 is 00:00 of the next day: write that."
            if text.startswith("24:")
            else "Write it in this form."
        )
        return Complaint("a timestamp like 2026-03-31T08:30 or a date", remedy)
    seconds = (int(found[1]) * 60 + int(found[2])) * 60 + int(found[3] or 0)
    fraction = int((found[4] or "")[:6].ljust(6, "0"))
    return Clock(seconds * 1_000_000 + fraction, _offset(found["offset"]))


def _offset(text: str | None) -> int | None:
    if text is None or text == "Z":
        return 0 if text else None
    digits = text[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if text[0] == "-" else minutes


def _read_whole(column: Column, text: str) -> int | Complaint:
    bounds = f"a whole number from {column.low} to {column.high:,}"
    if not re.fullmatch(r"-?[0-9]{1,12}", text):
        return Complaint(bounds, "Write digits only.")
    return int(text) if column.low <= int(text) <= column.high else Complaint(bounds, "Check the number.")


def _read_number(text: str) -> str | Complaint:
    if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text):
        return text
    return Complaint("a number like 12.5, not negative", "Write digits, and a point before decimals.")


def _read_reported(column: Column, text: str) -> str | Complaint:
    return _read_text(column, text.strip())


def _read_unit(column: Column, text: str) -> str | Complaint:
    """The unit as reported, without invisible characters, which laboratory systems put there."""
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf").strip()
    return _read_text(column, unicodedata.normalize("NFC", visible))


def reader(column: Column, today: date | None) -> Callable[[str], object]:
    """The function that reads one cell of `column`: the typed value, or a Complaint.

    `today` bounds dates from above; None leaves them unbounded (dates shifted to hide identities).
    """
    kind = column.kind
    if kind is Kind.DATE:
        latest = None if column.ahead else today
        return lambda text: _read_date(text, latest)
    if kind is Kind.WORD:
        return lambda text: _read_word(column, text)
    if kind is Kind.WHOLE:
        return lambda text: _read_whole(column, text)
    if kind is Kind.NUMBER:
        return _read_number
    if kind is Kind.UNIT:
        return lambda text: _read_unit(column, text)
    if kind is Kind.REPORTED:
        return lambda text: _read_reported(column, text)
    return lambda text: _read_text(column, text)


def read_day(text: str, today: date | None) -> date | Complaint:
    """One ISO date, or why it is none."""
    return _read_date(text, today)
