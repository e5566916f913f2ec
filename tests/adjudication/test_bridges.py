"""Bridges among dose steps: which days an agent covers, and when a course is nothing else (DEF-ITP-23)."""

import numpy as np
import pytest

from adjudication.bridges import ALWAYS, AS_PULSE, NO_BRIDGE, Bridges, bridges, only_bridge_until

NO_DAY = 2**31 - 1
KIND = {"ivig": ALWAYS, "anti_d": ALWAYS, "dexamethasone": AS_PULSE, "prednisolone": NO_BRIDGE}
NAMES = list(KIND)
Step = tuple[str, int, int | None]


def found(steps: list[Step], stopped: int | None = None) -> tuple[Bridges, int]:
    """The bridges of a course with these steps, and the last day of it if it is nothing else."""

    def column(values: list[int | None], kind: type[np.generic] = np.int64) -> np.ndarray:
        return np.array([NO_DAY if value is None else value for value in values], kind)

    course = column([0 for _ in steps])
    agent, kind = (
        column([NAMES.index(name) for name, _, _ in steps]),
        column([KIND[name] for name, _, _ in steps]),
    )
    first, last = (
        column([day for _, day, _ in steps], np.int32),
        column([day for _, _, day in steps], np.int32),
    )
    ends, rows = column([stopped for _ in steps], np.int32), column(list(range(100, 100 + len(steps))))
    given = bridges(course, agent, kind, first, last, ends, rows, 5, NO_DAY)
    return given, int(only_bridge_until(given, course, agent, kind, first, 1, NO_DAY)[0])


def days(steps: list[Step], stopped: int | None = None) -> list[tuple[int, int]]:
    given, _ = found(steps, stopped)
    return sorted(zip(given.first.tolist(), given.last.tolist(), strict=True))


def test_an_agent_bridges_from_its_first_dose_to_its_last() -> None:
    assert days([("ivig", 0, 1), ("ivig", 30, 31)]) == [(0, 31)]
    assert days([("ivig", 0, 1), ("anti_d", 30, 31)]) == [(0, 1), (30, 31)]


def test_without_a_recorded_stop_the_last_dose_is_the_day_on_which_the_last_step_began() -> None:
    assert days([("ivig", 0, None)]) == [(0, 0)]
    assert days([("ivig", 0, None), ("ivig", 28, None)]) == [(0, 28)]


def test_the_stop_of_a_course_is_that_of_the_agent_where_it_gave_nothing_else() -> None:
    assert days([("ivig", 0, None)], stopped=28) == [(0, 28)]
    assert days([("ivig", 0, None), ("prednisolone", 0, None)], stopped=28) == [(0, 0)]


@pytest.mark.parametrize(
    ("steps", "stopped", "pulses"),
    [
        ([("dexamethasone", 0, 4)], None, [(0, 4)]),
        ([("dexamethasone", 0, 5)], None, []),
        ([("dexamethasone", 0, 1), ("dexamethasone", 2, 4)], None, [(0, 4)]),
        ([("dexamethasone", 0, 1), ("dexamethasone", 2, 5)], None, []),
        ([("dexamethasone", 0, 3), ("dexamethasone", 28, 31)], None, [(0, 3), (28, 31)]),
        ([("dexamethasone", 0, None)], None, []),
        ([("dexamethasone", 0, None)], 3, [(0, 3)]),
        ([("dexamethasone", 0, None), ("dexamethasone", 2, 3)], None, [(0, 3)]),
    ],
)
def test_a_pulse_lasts_at_most_five_days(
    steps: list[Step], stopped: int | None, pulses: list[tuple[int, int]]
) -> None:
    assert days(steps, stopped) == pulses


@pytest.mark.parametrize(
    ("steps", "until"),
    [
        ([("ivig", 0, 1)], 1),
        ([("ivig", 0, 1), ("dexamethasone", 0, 3)], 3),
        ([("ivig", 0, 1), ("prednisolone", 0, 3)], NO_DAY),
        ([("ivig", 0, 20), ("dexamethasone", 0, 10)], NO_DAY),
        ([("dexamethasone", 0, 3), ("dexamethasone", 28, 40)], NO_DAY),
    ],
)
def test_a_course_is_nothing_but_a_bridge_if_all_that_it_gave_is(steps: list[Step], until: int) -> None:
    assert found(steps)[1] == until


def test_the_first_step_is_cited() -> None:
    given, _ = found([("ivig", 30, 31), ("ivig", 0, 1)])
    assert given.row.tolist() == [101]
