"""A change that would have given another call, in words."""

from datetime import date, timedelta
from decimal import Decimal

from adjudication.response.call_facts import WriteDay
from adjudication.response.steps import analyte_words, unit_words
from adjudication.response.terms import KINDS, LEVELS, MICRO, STATES, Kind
from adjudication.response.what_would_change import Change


def change_words(change: Change, day: WriteDay) -> str:
    """`platelets 100 ×10⁹/L instead of 99.6 on 2025-01-15 would have made it CR`."""
    kind, level = KINDS[change.kind], LEVELS[change.level].word
    on = day(day_of(change.day))
    if kind >= Kind.LDH:
        state = STATES[change.becomes].word
        article = "an" if state[0] in "aeiou" else "a"
        return f"{article} {state} {analyte_words(kind.word)} on {on} would have made it {level}"
    what = "a baseline of" if change.baseline else analyte_words(kind.word)
    unit = unit_words("10*9/L" if kind == Kind.PLATELETS else "g/L")
    return (
        f"{what} {number_words(change.becomes)} {unit} instead of {was_words(change)} on {on} "
        f"would have made it {level}"
    )


def was_words(change: Change) -> str:
    """The value that is recorded: `99.6`, `<30`; of a marker `normal`, `abnormal` or `explained`."""
    if change.kind >= Kind.LDH:
        return STATES[change.was].word
    return {-1: "<", 0: "", 1: ">"}[change.limit] + number_words(change.was)


def becomes_words(change: Change) -> str:
    """The other value, written as `was_words` does."""
    return STATES[change.becomes].word if change.kind >= Kind.LDH else number_words(change.becomes)


def number_words(micro_units: int) -> str:
    """Micro units as a plain decimal: `99.6`."""
    return f"{(Decimal(micro_units) / MICRO).normalize():f}"


def day_of(number: int) -> date:
    """A day of the judge's columns as a date."""
    return date(1970, 1, 1) + timedelta(days=number)
