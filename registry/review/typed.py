"""A judgment as its reader types it: what is asked at which response, and days of the packet understood and echoed.

Form and command line read what is typed here; the services that commit it judge it again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from adjudication.response.criteria import load
from adjudication.response.terms import Disease, Level
from adjudication.review.workflow import DATES, RESPONSES
from registry.record.text import words
from registry.record.text.days import Typed, read_day
from registry.record.text.days import said as said_day
from registry.review.packet import Content
from registry.review.verdicts import NO_REASON, Said, problems_of

LABELS = {
    "level": "Response",
    "onset_on": "Response began on",
    "lost_cr_on": "Complete response lost on",
    "relapsed_on": "Relapse on",
    "confidence": "Confidence",
    "reason": "Reason",
    "note": "Note",
}
"""What a judgment says, and how it is asked for."""
LEVELS = {
    "CR": "complete response",
    "R": "response",
    "PR": "partial response",
    "NR": "no response",
    "NE": "not evaluable",
}
_OF_COURSE = re.compile(r"(?:d|day)\s*(\d{1,5})(?:\s+of the course)?", re.IGNORECASE)
_BEHIND = "·"  # what a choice says of a day beyond the day itself
_FUTURE = date(2999, 1, 1)


@dataclass(frozen=True)
class Understood:
    """What was typed: each day as understood, and the judgment, None while something is wrong.

    `problems` are by field: what cannot be meant, or is lacking.
    """

    days: Mapping[str, Typed[date]]
    said: Said | None
    problems: Mapping[str, str]


@dataclass(frozen=True)
class CountDay:
    """A day of the course on which its count was taken, and how it is offered.

    `words` are as `Tue 14 Jan 2025 · day 12 · 110 ×10⁹/L`, which is understood when it is typed.
    """

    on: date
    words: str


def asked(level: str) -> tuple[str, ...]:
    """The days that a response has: a complete one can be lost as one, and what is no response has none."""
    if level not in Level.__members__ or Level[level] not in RESPONSES:
        return ()
    return tuple(name for name in DATES if name != "lost_cr_on" or level == Level.CR.word)


def understood(texts: Mapping[str, str], content: Content, *, reasoned: bool = False) -> Understood:
    """What `texts` (by the names of LABELS) say about the case of a packet. `reasoned`: a reason is compulsory.

    Days that the response has not are not asked for, and what is in their fields is left out.
    """
    level = texts.get("level", "").strip().upper()
    days = {name: read_packet_day(texts.get(name, ""), content) for name in asked(level)}
    said = Said(
        level,
        **{name: typed.value for name, typed in days.items()},
        confidence=texts.get("confidence", "").strip().lower(),
        reason=texts.get("reason", "").strip() or None,
        note=texts.get("note", "").strip() or None,
    )
    unread = {name: typed.problem for name, typed in days.items() if typed.problem is not None}
    found = problems_of(said, Disease[content["disease"]], *_bounds(content))
    if reasoned and said.reason is None:
        found.append(("reason", NO_REASON))
    problems: dict[str, str] = dict(unread)
    for name, remedy in found:
        problems.setdefault(name, remedy)
    return Understood(days, None if problems else said, problems)


def read_packet_day(text: str, content: Content) -> Typed[date]:
    """A day of the packet, typed as any day in the registry, or as a day of the course: `d14`, `day 14`.

    The echo tells the day of the course and the count of that day. A missing year, `-3d` and the like are counted
    from the last day of the packet.
    """
    started_on, last_on = _bounds(content)
    written = text.partition(_BEHIND)[0].strip()
    if found := _OF_COURSE.fullmatch(written):
        typed = _within(started_on + timedelta(days=int(found[1])), last_on)
    else:
        typed = read_day(written, last_on)
        if typed.problem is not None and read_day(written, _FUTURE).value is not None:
            typed = _within(None, last_on)
    if typed.value is None:
        return typed
    counts = _counts(content).get(typed.value, [])
    echo = f" {_BEHIND} ".join([typed.echo, _day_of(typed.value, started_on), *counts])
    doubt = typed.doubt or (None if counts else f"No {_analyte(content)} count was taken on this day.")
    return replace(typed, echo=echo, doubt=doubt)


def count_days(content: Content) -> list[CountDay]:
    """The days from the start of the course on which its count was taken, to choose from."""
    started_on, _ = _bounds(content)
    return [
        CountDay(on, f" {_BEHIND} ".join([said_day(on), _day_of(on, started_on), *told]))
        for on, told in sorted(_counts(content).items())
        if on >= started_on
    ]


def levels(content: Content) -> dict[str, str]:
    """The responses that a reader may give in this case, best first, with their words."""
    return {name: LEVELS[name] for name in content["levels"]}


def course_of(content: Content) -> Mapping[str, Any]:
    """The course that is judged, as its row in the packet."""
    return next(row for row in content["courses"] if row["course_id"] == content["course_id"])


def _bounds(content: Content) -> tuple[date, date]:
    """The first day of the course and the last of the packet."""
    return date.fromisoformat(course_of(content)["started_on"]), date.fromisoformat(content["last_on"])


def _within(on: date | None, last_on: date) -> Typed[date]:
    if on is None or on > last_on:
        return Typed(None, problem=f"The packet ends on {said_day(last_on)}. Enter a date within the packet.")
    return Typed(on, said_day(on))


def _day_of(on: date, started_on: date) -> str:
    return f"day {(on - started_on).days}"


def _analyte(content: Content) -> str:
    return load(content["criteria"]["id"]).analyte.word


def _counts(content: Content) -> dict[date, list[str]]:
    """What was counted on each day that can be judged, in words."""
    analyte = _analyte(content)
    unit = words.unit(words.units(analyte)[0])
    found: dict[date, list[str]] = {}
    for row in _evaluable(content["observations"], analyte):
        told = f"{row['comparator'] or ''}{row['value_canonical']:.15g} {unit}"
        found.setdefault(date.fromisoformat(row["observed_on"]), []).append(told)
    return found


def _evaluable(rows: Sequence[Mapping[str, Any]], analyte: str) -> list[Mapping[str, Any]]:
    return [
        row
        for row in rows
        if row["analyte"] == analyte and row["value_canonical"] is not None and not row["not_evaluable"]
    ]
