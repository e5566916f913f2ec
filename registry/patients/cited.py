"""The days that decided a call, numbered: the same numbers stand in the chart and before the sentences beside it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from adjudication.response.explain import Explanation
from registry.patients.patient_record import Timeline


@dataclass(frozen=True)
class Cited:
    """A day whose records decided a call: the parts they played (`baseline`, `onset` …), and the records.

    `records` are (source, id): an observation, a bleed, a transfusion, a rescue.
    """

    number: int
    on: date
    steps: tuple[str, ...]
    records: tuple[tuple[str, str | None], ...]


def cited(timeline: Timeline, course_id: str) -> list[Cited]:
    """The days that decided the call on a course, in order and numbered from 1; empty without a call."""
    days: dict[date, list[Mapping[str, Any]]] = {}
    for row in timeline.evidence:
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


def numbered_sentences(timeline: Timeline, said: Explanation) -> list[tuple[int | None, str]]:
    """The sentences of a call, each that tells of a record with the number of its day; the conclusion has none.

    An explanation begins with one sentence for each row of its evidence, in their order. What stands against a better
    level is said after what decided: a record can do both.
    """
    numbers = {one.on: one.number for one in cited(timeline, said.course_id)}
    found = sorted(
        zip(said.evidence, said.sentences, strict=False), key=lambda pair: pair[0].step == "refutes_better"
    )
    told = [(numbers.get(finding.observed_on), sentence) for finding, sentence in found]
    return [*told, *((None, sentence) for sentence in conclusion(said))]


def conclusion(said: Explanation) -> tuple[str, ...]:
    """What follows from the evidence: the clause of the criteria, the duration or the reason."""
    return said.sentences[len(said.evidence) :]
