"""When the dose steps of a patient ended: as recorded, or where the next step of the agent begins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from adjudication.doses import last_day, next_step


@dataclass(frozen=True)
class StepEnd:
    """The last day of a step (None: not known) and whether the next step of the agent ended it."""

    on: date | None
    by_next: bool


def step_ends(agents: Sequence[Mapping[str, Any]]) -> list[StepEnd]:
    """The end of every dose step, in the order given: rows of `PatientRecord.agents`."""
    steps = [(str(row["course_id"]), str(row["agent"]), row["started_on"] or date.max) for row in agents]
    found = []
    for place, row in enumerate(agents):
        end = last_day(row["stopped_on"], next_step(steps, place))
        found.append(StepEnd(end, end is not None and end != row["stopped_on"]))
    return found
