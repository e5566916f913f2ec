"""What is typed or pasted far out of a patient's line is doubted beside the value, before anything is saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from registry.record.doubts import jumps
from registry.record.numbers import Ambiguous, marks_of
from registry.record.service import site_of
from registry.record.text.days import Typed
from registry.record.units import canonical, measures
from registry.record.writing import Fact
from registry.roles import Actor, Permission
from registry.store.database import Database

if TYPE_CHECKING:
    from registry.entry.filled import Filled

_NEW = "offered {}"
"""What a value is called that has no id yet."""


def far_of(
    db: Database, actor: Actor, facts: Sequence[Fact], seen: Mapping[str, str | None] | None = None
) -> dict[int, str]:
    """By the place of a fact among `facts`, why its value is doubted beside what is recorded (DEF-UNIT-08).

    `seen` is the version that an amendment starts from. Whatever cannot be read is no value here. A doubt names the
    value beside it, so there is none of a patient whom `actor` may not read.
    """

    @cache
    def readable(patient: str) -> bool:
        return actor.may(Permission.READ, site_of(db.rows, "patient", {"patient_id": patient}))

    offered: dict[str, tuple[int, dict[str, Any]]] = {}
    for place, fact in enumerate(facts):
        if fact.table == "observation" and not fact.withdrawn:
            values = {**(seen or {}), **fact.values}
            name = str(values.get("observation_id") or _NEW.format(place))
            count = _count(values, name)
            if count is not None and readable(count["patient_id"]):
                offered[name] = (place, count)
    if not offered:
        return {}
    counts = [count for _, count in offered.values()]
    found: dict[int, str] = {}
    for jump in jumps(db.rows, patients={count["patient_id"] for count in counts}, offered=counts):
        for end in (jump.earlier, jump.later):
            if end.observation_id in offered:
                found.setdefault(offered[end.observation_id][0], jump.text)
    return found


def with_far(
    db: Database, actor: Actor, filled: Filled, seen: Mapping[str, str | None] | None = None
) -> Filled:
    """The form with a doubt at each value that lies far out of the patient's line. It may still be saved."""
    typed = dict(filled.typed)
    for place, text in far_of(db, actor, filled.facts, seen).items():
        fact = filled.facts[place]
        field = next((name for name in (f"{fact.name}.value", "observation.1.value") if name in typed), None)
        if field is not None:
            typed[field] = doubting(typed[field], text)
    return replace(filled, typed=typed)


def doubting(typed: Typed[Any], text: str) -> Typed[Any]:
    """What was understood, with one more doubt."""
    return replace(typed, doubt=f"{typed.doubt} {text}" if typed.doubt else text)


def _count(values: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """A value as the rule takes it; None for what is not evaluable or has no day."""
    text, analyte, patient = values.get("value"), str(values.get("analyte") or ""), values.get("patient_id")
    try:
        day = date.fromisoformat(
            str(values.get("observed_at") or values.get("observed_at_reported") or "")[:10]
        )
        if analyte not in measures() or not text or patient is None:
            return None
        exact = canonical(
            analyte,
            str(text),
            values.get("unit"),
            values.get("specimen"),
            values.get("quality"),
            marks=marks_of([str(text)]),
        )
    except (ValueError, Ambiguous):
        return None
    if exact.not_evaluable or exact.canonical_e6 is None:
        return None
    return {
        "patient_id": str(patient),
        "observation_id": name,
        "observed_on": day,
        "analyte": analyte,
        "canonical_e6": exact.canonical_e6,
        "comparator": exact.comparator,
    }
