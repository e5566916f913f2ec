"""How long a dose step lasts: its last day is inclusive, and a new step of the same agent ends the one before.

Steps are compared within one course. Steps of one agent that begin on one day do not end each other.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Int32 = NDArray[np.int32]


def last_days(course: Int32, agent: Int32, started: Int32, stopped: Int32) -> Int32:
    """The last day of every step: its own end, or the day before the next step of its agent in its course.

    Days are whole numbers, NO_DAY (later than any day) where no end is recorded: it stays where no step follows.
    """
    order = np.lexsort((started, agent, course))
    if not order.size:
        return stopped.astype(np.int32)
    groups = np.stack([course[order], agent[order]])
    days = started[order]
    new_group = np.append(True, (groups[:, 1:] != groups[:, :-1]).any(axis=0))
    new_day = new_group | np.append(True, days[1:] != days[:-1])
    # The place of the first step of the next day, for every step; it ends this one if it is of the same group.
    begins = np.append(np.flatnonzero(new_day), days.size)
    following = begins[np.cumsum(new_day)]
    inside = np.minimum(following, days.size - 1)
    followed = (following < days.size) & ~new_group[inside]
    last = stopped[order].astype(np.int64)
    last = np.where(followed, np.minimum(last, days[inside].astype(np.int64) - 1), last)
    found = np.empty(days.size, np.int32)
    found[order] = last
    return found


def next_step(steps: Sequence[tuple[str, str, date]], place: int) -> date | None:
    """The day on which the next step of the same agent in the same course begins; None if none does.

    `steps` are (course, agent, first day); `place` is that of the step in question.
    """
    course, agent, started_on = steps[place]
    return min(
        (day for one, name, day in steps if (one, name) == (course, agent) and day > started_on), default=None
    )


def last_day(stopped_on: date | None, next_on: date | None) -> date | None:
    """The last day of one step, from its own recorded end and the day on which the next step begins."""
    before_next = None if next_on is None else next_on - timedelta(days=1)
    return min((day for day in (stopped_on, before_next) if day is not None), default=None)


def overlaps(stopped_on: date | None, next_on: date | None) -> bool:
    """Whether a step is recorded beyond the day before the next one of its agent."""
    return stopped_on is not None and next_on is not None and stopped_on >= next_on
