"""The days that decided a call, numbered: the chart and the table of steps beside it carry the same numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from adjudication.response.explain import Explanation
from adjudication.response.steps import StepRow
from registry.patients.patient_record import PatientRecord


@dataclass(frozen=True)
class Cited:
    """A day whose records decided a call: the parts they played (`baseline`, `onset` …), and the records.

    `records` are (source, id): an observation, a bleed, a transfusion, a rescue.
    """

    number: int
    on: date
    steps: tuple[str, ...]
    records: tuple[tuple[str, str | None], ...]


def cited(record: PatientRecord, course_id: str) -> list[Cited]:
    """The days that decided the call on a course, in order and numbered from 1; empty without a call."""
    days: dict[date, list[Mapping[str, Any]]] = {}
    for row in record.evidence:
        if row["course_id"] == course_id and row["observed_on"] is not None:
            days.setdefault(row["observed_on"], []).append(row)
    return [
        Cited(
            number,
            on,
            tuple(dict.fromkeys(row["step"] for row in rows)),
            tuple(dict.fromkeys((row["source"], row["source_id"]) for row in rows)),
        )
        for number, (on, rows) in enumerate(sorted(days.items()), start=1)
    ]


def numbered_steps(record: PatientRecord, said: Explanation) -> list[tuple[int | None, StepRow]]:
    """The steps of a call in their order, each with the number of its day; None where the chart has no such day."""
    numbers = {one.on: one.number for one in cited(record, said.course_id)}
    return [(numbers.get(row.on), row) for row in said.steps]
