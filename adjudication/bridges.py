"""Bridges: what raises a count for some weeks only, given in courses (DEF-ITP-23).

Immunoglobulin, anti-D and vinca always; dexamethasone and methylprednisolone where they were given as a pulse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adjudication.doses import last_days

NO_BRIDGE, ALWAYS, AS_PULSE = 0, 1, 2
"""What an agent is under the criteria: no bridge, always one, or one where it was given as a pulse."""


@dataclass(frozen=True)
class Bridges:
    """One row a bridge: the row of its course, its agent, first and last day, and the row that evidence cites."""

    course: NDArray[np.int64]
    agent: NDArray[np.int64]
    first: NDArray[np.int32]
    last: NDArray[np.int32]
    row: NDArray[np.int64]


def kind_of(agent: str, section: Mapping[str, Any]) -> int:
    """What `agent` (a generic name) is under the section `bridge` of the criteria; an empty section knows none."""
    if agent in section.get("agents", ()):
        return ALWAYS
    return AS_PULSE if agent in section.get("pulse_agents", ()) else NO_BRIDGE


def bridges(
    course: NDArray[np.int64],
    agent: NDArray[np.int64],
    kind: NDArray[np.int64],
    started: NDArray[np.int32],
    stopped: NDArray[np.int32],
    course_stopped: NDArray[np.int32],
    row: NDArray[np.int64],
    pulse_days: int,
    no_day: int,
) -> Bridges:
    """The bridges among dose steps, whose agents are of the given kinds; days are `no_day` where none is recorded.

    One bridge an agent of a course, from its first dose to its last: the end of its last step, without one that of a
    course that gave nothing else, else the day on which the step began. Of a pulse agent the steps that follow one
    another are one bridge, first and last day counted, and none if they last longer or nobody knows how long; there a
    step without an end ends with its course or the day before the next step.
    """
    order = np.lexsort((row, started, agent, course))
    course, agent, kind, row = course[order], agent[order], kind[order], row[order]
    started, stopped, course_stopped = started[order], stopped[order], course_stopped[order]
    begins = _changes(course) | _changes(agent)
    alone = np.bincount(course[begins], minlength=int(course.max(initial=-1)) + 1)[course] == 1
    last = np.where(stopped == no_day, np.where(alone, course_stopped, no_day), stopped)
    last = np.where(last == no_day, started, last)
    found = [_spans(kind == ALWAYS, begins, course, agent, started, last, row)]
    ends = np.where(stopped == no_day, course_stopped, stopped).astype(np.int32)
    ends = last_days(course.astype(np.int32), agent.astype(np.int32), started, ends)
    pulsed = kind == AS_PULSE
    apart = begins.copy()
    reached = 0
    for at in np.flatnonzero(pulsed).tolist():
        apart[at] = begins[at] or int(started[at]) > reached + 1
        reached = int(ends[at]) if apart[at] else max(reached, int(ends[at]))
    pulses = _spans(pulsed, apart, course, agent, started, ends, row)
    short = pulses[3].astype(np.int64) - pulses[2] < pulse_days
    found.append(tuple(column[short] for column in pulses))
    columns = [np.concatenate(parts) for parts in zip(*found, strict=True)]
    return Bridges(
        columns[0].astype(np.int64),
        columns[1].astype(np.int64),
        columns[2].astype(np.int32),
        np.maximum(columns[2], columns[3]).astype(np.int32),
        columns[4].astype(np.int64),
    )


def _changes(column: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether a value differs from the one before it."""
    return np.append(True, column[1:] != column[:-1])[: column.size]


def _spans(
    chosen: NDArray[np.bool_],
    begins: NDArray[np.bool_],
    course: NDArray[np.int64],
    agent: NDArray[np.int64],
    first: NDArray[np.int32],
    last: NDArray[np.int32],
    row: NDArray[np.int64],
) -> tuple[NDArray[Any], ...]:
    """Course, agent, first day, last day and first row of each run of chosen rows, which begins where `begins` says."""
    starts = np.flatnonzero((begins & chosen)[chosen])
    if not starts.size:
        return course[:0], agent[:0], first[:0], last[:0], row[:0]
    return (
        course[chosen][starts],
        agent[chosen][starts],
        first[chosen][starts],
        np.maximum.reduceat(last[chosen], starts),
        row[chosen][starts],
    )


def only_bridge_until(
    found: Bridges,
    course: NDArray[np.int64],
    agent: NDArray[np.int64],
    kind: NDArray[np.int64],
    started: NDArray[np.int32],
    n: int,
    no_day: int,
) -> NDArray[np.int32]:
    """For each of `n` courses the last day of its bridges if it is nothing but bridges, else `no_day`."""
    last = np.full(n, -1, np.int64)
    np.maximum.at(last, found.course, found.last)
    other = np.zeros(n, bool)
    other[course[kind == NO_BRIDGE]] = True
    # A pulse agent of which a step lies in none of its pulses was given for longer.
    covered: dict[tuple[int, int], list[tuple[int, int]]] = {}
    pulsed = kind == AS_PULSE
    if pulsed.any():
        columns = (found.course, found.agent, found.first, found.last)
        for owner, name, first, end in zip(*(column.tolist() for column in columns), strict=True):
            covered.setdefault((owner, name), []).append((first, end))
    steps = (course[pulsed], agent[pulsed], started[pulsed])
    for owner, name, day in zip(*(column.tolist() for column in steps), strict=True):
        other[owner] |= not any(first <= day <= end for first, end in covered.get((owner, name), ()))
    return np.where((last >= 0) & ~other, last, no_day).astype(np.int32)
