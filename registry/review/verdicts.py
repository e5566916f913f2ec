"""What a reader types becomes a verdict of the record, and back: dates as the packet shows them, and as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from adjudication.response.terms import Disease, Level
from adjudication.review.workflow import CONFIDENCES, DATES, Verdict, verdict_problems
from registry.errors import Problem, Refused, Usage
from registry.review import packet
from registry.review.randomization import Read
from registry.review.stored import Case

LONGEST = 5_000


@dataclass(frozen=True)
class Said:
    """A judgment as its reader gives it; dates are those of the packet. `level` is CR, R, PR, NR or NE."""

    level: str
    onset_on: date | None = None
    lost_cr_on: date | None = None
    relapsed_on: date | None = None
    confidence: str = "moderate"
    reason: str | None = None
    note: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain values, dates ISO."""
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def of(cls, values: dict[str, Any]) -> Said:
        """From plain values."""
        dates = {name: date.fromisoformat(values[name]) if values.get(name) else None for name in DATES}
        return cls(**{**values, **dates})


def true_verdict(read: Read, said: Said, case: Case) -> Verdict:
    """The verdict with the days of the record. Raises Refused with every problem, each at its field.

    Days are bounded by the last one that the packet tells of, as its reader sees it: a bound by the data cut would
    tell by trying how far all days are moved.
    """
    content = packet.stored(read, case.case_key)
    if content is None:
        raise Usage(packet.WITHOUT)
    back = timedelta(days=case.shift_days)
    last_on = date.fromisoformat(content["last_on"])
    _refuse(problems_of(said, case.disease, case.started_on - back, last_on), said)
    days = [on + back if (on := getattr(said, name)) is not None else None for name in DATES]
    return Verdict(Level[said.level], *days)


def problems_of(said: Said, disease: Disease, started_on: date, last_on: date) -> list[tuple[str, str]]:
    """What cannot be meant, as (field, what to do); start of the course and last day as the packet shows them."""
    problems = []
    if said.level not in Level.__members__:
        problems.append(("level", "Choose a response."))
    else:
        verdict = Verdict(Level[said.level], *(getattr(said, name) for name in DATES))
        problems += verdict_problems(verdict, disease, started_on, last_on)
    if said.confidence not in CONFIDENCES:
        problems.append(("confidence", f"Choose one of {', '.join(CONFIDENCES)}."))
    problems += [
        (name, f"This is longer than {LONGEST} characters. Shorten it.")
        for name in ("reason", "note")
        if len(getattr(said, name) or "") > LONGEST
    ]
    return problems


NO_REASON = "Give the reason. It is required to settle a dispute."


def refuse_without_reason(said: Said) -> None:
    """Where others have judged already, a reason is compulsory."""
    if not (said.reason or "").strip():
        _refuse([("reason", NO_REASON)], said)


def _refuse(problems: Sequence[tuple[str, str]], said: Said) -> None:
    if problems:
        found = [
            Problem("reading", None, name, _text(getattr(said, name)), "a consistent judgment", remedy)
            for name, remedy in problems
        ]
        raise Refused(f"Nothing was signed. {' '.join(remedy for _, remedy in problems)}", found)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def columns(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the columns of a table."""
    return {"level": verdict.level.word, **{name: getattr(verdict, name) for name in DATES}}


def shown(verdict: Verdict, case: Case) -> dict[str, Any]:
    """A verdict as it is shown beside the packet of its case: dates moved as all of it is."""
    moved = timedelta(days=case.shift_days)
    return {
        "level": verdict.level.word,
        **{name: on - moved if (on := getattr(verdict, name)) is not None else None for name in DATES},
    }
