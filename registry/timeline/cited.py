"""The records that decided a call, numbered by day: the same numbers stand in the chart and beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.timeline.reading import Timeline


@dataclass(frozen=True)
class Cited:
    """One record that decided a call, with every part it played: `baseline`, `onset`, `cr_onset`, …

    `value` is canonical, as text, in `unit`; None for what has no value, such as a transfusion.
    """

    number: int
    on: date
    steps: tuple[str, ...]
    source: str
    source_id: str | None
    analyte: str | None
    value: str | None
    unit: str | None


def cited(timeline: Timeline, course_id: str) -> list[Cited]:
    """What decided the call on a course, in order of day and numbered from 1; empty without a call."""
    parts: dict[tuple[date, str, str | None], list[Mapping[str, Any]]] = {}
    for row in timeline.evidence:
        if row["course_id"] == course_id and row["observed_on"] is not None:
            parts.setdefault((row["observed_on"], row["source"], row["source_id"]), []).append(row)
    return [
        Cited(
            number,
            on,
            tuple(dict.fromkeys(row["step"] for row in rows)),
            source,
            source_id,
            rows[0]["analyte"],
            rows[0]["value"],
            rows[0]["unit"],
        )
        for number, ((on, source, source_id), rows) in enumerate(
            sorted(parts.items(), key=lambda part: (part[0][0], part[0][1], part[0][2] or "")), start=1
        )
    ]
