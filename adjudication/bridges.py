"""Bridges: what raises a count for some weeks only, given in courses (DEF-ITP-23).

Immunoglobulin, anti-D and vinca always; dexamethasone and methylprednisolone where they were given as a pulse.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

NO_BRIDGE, ALWAYS, AS_PULSE = 0, 1, 2
"""What an agent is under the criteria: no bridge, always one, or one where it was given as a pulse."""


@dataclass(frozen=True)
class Bridges:
    """One row a bridge: the row of its course, its first and last day, and the row that evidence cites."""

    course: NDArray[np.int64]
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
    row: NDArray[np.int64],
    pulse_days: int,
    no_day: int,
) -> Bridges:
    """The bridges among dose steps, whose agents are of the given kinds; `stopped` is `no_day` where none is recorded.

    A step without a stop is a bridge of its first day, and no pulse. Steps of a pulse that follow one another are
    one; first and last day are counted.
    """
    always = np.flatnonzero(kind == ALWAYS)
    spans: list[tuple[NDArray[Any], ...]] = [
        (
            course[always],
            started[always],
            np.where(stopped[always] == no_day, started[always], stopped[always]),
            row[always],
        )
    ]
    pulsed = np.flatnonzero(kind == AS_PULSE)
    pulsed = pulsed[np.lexsort((row[pulsed], started[pulsed], agent[pulsed], course[pulsed]))]
    merged: list[tuple[int, int, int, int]] = []
    before: tuple[int, int] | None = None
    for at in pulsed.tolist():
        owner = (int(course[at]), int(agent[at]))
        first, last = int(started[at]), int(stopped[at])
        if owner == before and first <= merged[-1][2] + 1:
            merged[-1] = (*merged[-1][:2], max(merged[-1][2], last), merged[-1][3])
        else:
            merged.append((owner[0], first, last, int(row[at])))
        before = owner
    short = [one for one in merged if one[2] - one[1] < pulse_days]
    pulses = np.array(short, np.int64).reshape(-1, 4)
    spans.append((pulses[:, 0], pulses[:, 1], pulses[:, 2], pulses[:, 3]))
    columns = [np.concatenate(parts) for parts in zip(*spans, strict=True)]
    return Bridges(
        columns[0].astype(np.int64),
        columns[1].astype(np.int32),
        columns[2].astype(np.int32),
        columns[3].astype(np.int64),
    )


def only_bridge_until(
    found: Bridges,
    course: NDArray[np.int64],
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
    # A pulse agent whose step lies in no bridge of its course was given for longer.
    covered: dict[int, list[tuple[int, int]]] = {}
    pulsed = kind == AS_PULSE
    if pulsed.any():
        for owner, first, end in zip(
            found.course.tolist(), found.first.tolist(), found.last.tolist(), strict=True
        ):
            covered.setdefault(owner, []).append((first, end))
    for owner, day in zip(course[pulsed].tolist(), started[pulsed].tolist(), strict=True):
        other[owner] |= not any(first <= day <= end for first, end in covered.get(owner, ()))
    return np.where((last >= 0) & ~other, last, no_day).astype(np.int32)
