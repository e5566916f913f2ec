"""The columns a judge reads: courses, observations, happenings and dose steps of whole patients.

Patients are dense integers 0 … n-1 within a series. Rows may come in any order: `arrange` puts them in order by
counting, not by sorting, because counts are stored clustered by patient and date and so are almost in order.
"""

from dataclasses import dataclass, replace
from typing import Any, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from adjudication.compiled import compiled
from adjudication.response.terms import NO_DAY

Int8 = NDArray[np.int8]
Int16 = NDArray[np.int16]
Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]


@dataclass(frozen=True)
class Courses:
    """One row a course. Days are int32 from 1970-01-01, `NO_DAY` = not known; codes are those of `terms`.

    `attribution` is the last day after the start on which a response may begin, `NO_DAY` = no limit, and
    `failing_from` the first on which failure may be called; `unlimited` says (1 or 0) that an agent has no published
    limit. `acts_on` is 1 for ITP, 2 for AIHA, 3 for both, 0 for neither; `steroid` and `splenectomy` say that one is
    part of the course. `bridge_until` is the last dose of a course that is nothing but a bridge (DEF-ITP-23), else
    NO_DAY; `off_from` the day of the last dose where remission off treatment is asked for. `episode` is a number
    that tells the episodes of a patient apart; `row` the number by which evidence cites the course: of courses
    with one start the lowest was logged first.
    """

    patient: Int32
    disease: Int8
    started: Int32
    stopped: Int32
    intent: Int8
    start_reason: Int8
    attribution: Int32
    acts_on: Int8
    steroid: Int8
    splenectomy: Int8
    off_from: Int32
    episode: Int32
    stop_reason: Int8
    failing_from: Int32
    unlimited: Int8
    bridge_until: Int32
    row: Int64


@dataclass(frozen=True)
class Observations:
    """One row an evaluable observation. `value` is micro units for counts and a MarkerState for markers.

    `row` is the number by which evidence cites the observation. `limit` is -1 for `<`, 1 for `>`, else 0;
    `specimen` a code of `terms.Specimen`; `minute` the time of day in minutes, -1 where it is not known.
    """

    patient: Int32
    day: Int32
    kind: Int8
    value: Int64
    row: Int64
    limit: Int8
    specimen: Int8
    minute: Int16


@dataclass(frozen=True)
class Happenings:
    """One row a bleed, transfusion, rescue, bridge or other cause. `end_day` equals `day` when no end is recorded.

    `scale` is that of a bleed's grade; `begun` the start of the course that a bridge is part of, NO_DAY otherwise.
    """

    patient: Int32
    day: Int32
    end_day: Int32
    kind: Int8
    reason: Int8
    grade: Int8
    row: Int64
    scale: Int8
    begun: Int32


@dataclass(frozen=True)
class DoseSteps:
    """One row a step of a corticosteroid: `mg_e6` is prednisolone equivalent per day, in millionths of a milligram.

    `course` is the row of the course in `Courses`; `agent` is a number that tells the agents of a course apart.
    Whoever builds this ends a step without an end with its course; `stopped` is NO_DAY while both go on. A step of
    unknown dose has MISSING milligrams: it ends the step before it and says nothing else. The engine itself ends a
    step where the next one of the same agent begins (`adjudication.doses`), after a data cut.
    """

    course: Int32
    started: Int32
    stopped: Int32
    mg_e6: Int64
    agent: Int32
    row: Int64


@dataclass(frozen=True)
class Series:
    """Everything that judging `n_patients` patients needs. `died_on` has one day a patient."""

    n_patients: int
    died_on: Int32
    courses: Courses
    observations: Observations
    happenings: Happenings
    dose_steps: DoseSteps


def nobody() -> Series:
    """A series of no patient, with columns of the types that the engine is compiled for."""

    def empty(rows: type[Any]) -> Any:
        scalars = (get_args(get_args(kind)[1])[0] for kind in get_type_hints(rows).values())
        return rows(*(np.zeros(0, scalar) for scalar in scalars))

    columns = (empty(rows) for rows in (Courses, Observations, Happenings, DoseSteps))
    return Series(0, np.zeros(0, np.int32), *columns)


@dataclass(frozen=True)
class Arranged:
    """Row orders and where each patient's (or course's) rows begin: rows of i are order[first[i]:first[i+1]]."""

    course_order: Int64
    course_first: Int64
    observation_order: Int64
    observation_first: Int64
    happening_order: Int64
    happening_first: Int64
    step_order: Int64
    step_first: Int64


@compiled
def _arrange(owner, major, minor, row, order, first, filled):
    """Order rows by (owner, major, minor, row): a stable counting pass over owners, then insertion within each.

    `order` has room for every row; `first` (zeros) and `filled` for every owner and one more.
    """
    for i in range(owner.size):
        first[owner[i] + 1] += 1
    for i in range(first.size - 1):
        first[i + 1] += first[i]
        filled[i] = first[i]
    for i in range(owner.size):
        p = owner[i]
        low = first[p]
        at = filled[p]
        filled[p] += 1
        while at > low:
            j = order[at - 1]
            if major[j] < major[i]:
                break
            if major[j] == major[i]:
                if minor[j] < minor[i] or (minor[j] == minor[i] and row[j] <= row[i]):
                    break
            order[at] = j
            at -= 1
        order[at] = i


def frozen(column: NDArray[Any]) -> NDArray[Any]:
    """The column as a read-only view, so that compiled functions meet one type whatever it was made from."""
    view = np.ascontiguousarray(column).view()
    view.flags.writeable = False
    return view


def _order(owner: NDArray[Any], major: NDArray[Any], minor: NDArray[Any], row: NDArray[Any], n: int) -> Any:
    order, first, filled = (
        np.empty(owner.size, np.int64),
        np.zeros(n + 1, np.int64),
        np.empty(n + 1, np.int64),
    )
    _arrange(frozen(owner), frozen(major), frozen(minor), frozen(row), order, first, filled)
    return order, first


def arrange(series: Series) -> Arranged:
    """Orders: courses by (patient, start), observations and happenings by (patient, day, kind, row), steps by course.

    Time grows with the number of rows when they come almost in order, as they are stored.
    """
    courses, observations, happenings, steps = (
        series.courses,
        series.observations,
        series.happenings,
        series.dose_steps,
    )
    n = series.n_patients
    course = _order(courses.patient, courses.started, np.zeros(courses.row.size, np.int8), courses.row, n)
    observation = _order(observations.patient, observations.day, observations.kind, observations.row, n)
    happening = _order(happenings.patient, happenings.day, happenings.kind, happenings.row, n)
    step = _order(steps.course, steps.started, steps.started, steps.row, courses.patient.size)
    return Arranged(*course, *observation, *happening, *step)


def cut(series: Series, day: int) -> Series:
    """The series as it was known on `day`: nothing that starts later, no later death, no later reason of a stop.

    An end that lies ahead keeps its day.
    """
    courses = series.courses
    courses = replace(
        courses,
        stop_reason=np.where(
            (courses.stopped != NO_DAY) & (courses.stopped > day), np.int8(0), courses.stop_reason
        ),
        off_from=np.where(courses.off_from > day, NO_DAY, courses.off_from).astype(np.int32),
    )
    kept_course = courses.started <= day
    renumbered = np.cumsum(kept_course) - 1
    observed = series.observations.day <= day
    happened = series.happenings.day <= day
    steps = series.dose_steps
    stepped = (steps.started <= day) & kept_course[steps.course]
    died = np.where(series.died_on <= day, series.died_on, NO_DAY).astype(np.int32)
    return Series(
        series.n_patients,
        died,
        Courses(**{name: column[kept_course] for name, column in vars(courses).items()}),
        Observations(**{name: column[observed] for name, column in vars(series.observations).items()}),
        Happenings(**{name: column[happened] for name, column in vars(series.happenings).items()}),
        DoseSteps(
            renumbered[steps.course[stepped]].astype(np.int32),
            steps.started[stepped],
            steps.stopped[stepped],
            steps.mg_e6[stepped],
            steps.agent[stepped],
            steps.row[stepped],
        ),
    )
