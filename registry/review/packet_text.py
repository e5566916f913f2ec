"""A packet in words, the same on a page and in the terminal."""

from __future__ import annotations

from datetime import date

from adjudication.agents import regimen_word
from registry.record.lines import line_words
from registry.record.text.days import said
from registry.review.packet import Content
from registry.review.typed import course_of

MASKED = (
    "This packet is de-identified: it has its own pseudonyms, no site and no free text, and all its dates "
    "are shifted by the same number of whole weeks. Intervals and weekdays are correct."
)
"""What was done so that a reader does not recognize a patient."""


def headline(content: Content) -> str:
    """The course that is to be judged: `ITP line 2, rituximab, from Fri 3 Jan 2025`."""
    row = course_of(content)
    line = line_words(row["line_number"])
    given = regimen_word(row["regimen"] or "") or row["agents"] or "no agent"
    return f"{content['disease']} {line}, {given}, from {_day(row['started_on'])}"


def about(content: Content) -> str:
    """Who the patient is, as far as a reader may know, and the last day of which the packet tells."""
    patient = content["patient"]
    age, died_on = patient["age_at_start"], patient["died_on"]
    parts = [
        patient["sex"] or "sex not recorded",
        f"{age} years old at the start of the course" if age is not None else "age not recorded",
        f"died {_day(died_on)}" if died_on else None,
        f"followed until {_day(content['last_on'])}",
    ]
    return " · ".join(part for part in parts if part)


def _day(text: str) -> str:
    return said(date.fromisoformat(text))
