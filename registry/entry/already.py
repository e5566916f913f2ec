"""What the record has of the same day already, told beside a value that is typed before it is saved. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from registry.entry.filled import Filled
from registry.record.text.values import value_said
from registry.record.units import MICRO, QUALITIES


def with_doubts(filled: Filled, recorded: Sequence[Mapping[str, Any]]) -> Filled:
    """The form with a doubt at each value whose day has one of the same analyte already. It may still be saved.

    `recorded` are the patient's observations as the timeline has them.
    """
    typed = dict(filled.typed)
    for fact in filled.facts:
        place = f"{fact.name}.value"
        if fact.table != "observation" or place not in typed:
            continue
        day = str(fact.values.get("observed_at") or "")[:10]
        same = [
            _said(one)
            for one in recorded
            if str(one["observed_on"]) == day and one["analyte"] == fact.values.get("analyte")
        ]
        if same:
            told = f"A value of this day is already recorded: {', '.join(same)}"
            before = typed[place].doubt
            typed[place] = replace(typed[place], doubt=f"{before} {told}" if before else told)
    return replace(filled, typed=typed)


def _said(one: Mapping[str, Any]) -> str:
    canonical = one["value_canonical"]
    exact = None if canonical is None else round(canonical * int(MICRO))
    told = value_said(one["analyte"], one["value"], one["unit"], one["comparator"], exact, one["quality"])
    return told or (f"{one['quality']}, no value" if one["quality"] in QUALITIES else "no value")
