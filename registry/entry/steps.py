"""What dose steps of one form say of each other: where the next step ends one, and where two overlap."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from adjudication.doses import next_step, overlaps
from registry.record.text.days import Typed, said
from registry.record.writing import Fact


def tell_steps(facts: Sequence[Fact], typed: MutableMapping[str, Typed[str]]) -> None:
    """Write below the end of each step that the next one of its agent ends it, or that they overlap."""
    steps = [
        fact
        for fact in facts
        if fact.table == "course_agent" and fact.values.get("agent") and fact.values.get("started_on")
    ]
    days = [
        ("", str(fact.values["agent"]), date.fromisoformat(str(fact.values["started_on"]))) for fact in steps
    ]
    for place, fact in enumerate(steps):
        next_on = next_step(days, place)
        if next_on is None:
            continue
        field, end = f"{fact.name}.stopped_on", fact.values.get("stopped_on")
        if end is None:
            if typed.get(field, Typed(None)).problem is None:
                typed[field] = Typed(None, f"ends {said(next_on - timedelta(days=1))}, the next step follows")
        elif overlaps(date.fromisoformat(str(end)), next_on):
            typed[field] = replace(typed[field], doubt=overlap(days[place][1], next_on))


def overlap(agent: str, next_on: date) -> str:
    """What is said of a step that is recorded beyond the day on which the next one begins."""
    return (
        f"The next step of {agent} begins on {said(next_on)}: this one is read until the day before. "
        "Correct one of them."
    )
