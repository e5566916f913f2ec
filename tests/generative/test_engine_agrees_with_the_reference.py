"""Two implementations, one verdict: the engine and the reference agree on random courses in every column.

Where they disagree, the patient is shrunk for as long as they still do, and printed: a handful of rows says
more than a seed.
"""

import os
from datetime import date

import pytest

from adjudication.agents import agent_or_other, listed_agents
from tests.generative.columns import CRITERIA, NO_DAY, courses_of, judge_by_engine, series_of
from tests.generative.random_courses import FIRST_DAY, SPREAD, random_patients
from tests.generative.readable import differences, shrunk, written
from tests.reference import (
    ATTRIBUTION_DAYS,
    EARLIEST_FAILURE,
    Course,
    Patient,
    acts_on,
    attribution_limit,
    earliest_failure,
    has_steroid,
    judge,
    known_on,
    limit_is_default,
)

PATIENTS_A_SEED = 4_400
SEEDS = int(os.environ.get("NADIR_RANDOM_SEEDS", "28"))
"""28 seeds make rather more than 200,000 courses; set NADIR_RANDOM_SEEDS for a longer run."""


def disagreement(patients: list[Patient], data_cut: date | None) -> tuple[Patient, Course, str] | None:
    """The first course on which the two differ, with what differs."""
    known = patients if data_cut is None else [known_on(patient, data_cut) for patient in patients]
    series, courses = series_of(known), courses_of(known)
    for (p, course), found in zip(courses, judge_by_engine(series), strict=True):
        expected = judge(patients[p], course, data_cut)
        if expected != found:
            return patients[p], course, differences(expected, found, course.started_on)
    return None


def told(patient: Patient, course: Course, data_cut: date | None) -> str:
    """The smallest patient on whom the two still differ about this course, and how."""

    def differ(p: Patient) -> bool:
        found = disagreement([p], data_cut)
        return found is not None and found[1].row == course.row

    patient = shrunk(patient, course.row, differ) if differ(patient) else patient
    found = disagreement([patient], data_cut)
    course = next(c for c in patient.courses if c.row == course.row)
    cut_on = "" if data_cut is None else f"\ndata cut on day {(data_cut - course.started_on).days}"
    return f"\n{written(patient, course)}{cut_on}\n{found[2] if found else 'only among other patients'}"


def data_cut_of(seed: int) -> date | None:
    """Every fourth seed is judged as of a day in the middle of it all."""
    return date.fromordinal(FIRST_DAY + SPREAD // 2 + 7 * seed) if seed % 4 == 3 else None


@pytest.mark.parametrize("seed", range(SEEDS))
def test_engine_and_reference_agree_on_every_column_and_on_the_evidence(seed: int) -> None:
    data_cut = data_cut_of(seed)
    found = disagreement(random_patients(seed, PATIENTS_A_SEED), data_cut)
    if found is not None:
        patient, course, _ = found
        pytest.fail(told(patient, course, data_cut), pytrace=False)


@pytest.mark.parametrize("disease", ["ITP", "AIHA"])
def test_criteria_and_reference_give_each_agent_the_same_days_to_respond(disease: str) -> None:
    names = {agent.name for agent in listed_agents()} | {"unheard_of"}
    names |= {*ATTRIBUTION_DAYS[disease], *EARLIEST_FAILURE[disease]}
    for name in names:
        course = Course(0, disease, date(2020, 1, 1), agents=(name,))
        limit = attribution_limit(course)
        assert CRITERIA[disease].attribution_days([name]) == (NO_DAY if limit is None else limit), name
        assert CRITERIA[disease].failing_from_days([name]) == earliest_failure(course), name
        assert CRITERIA[disease].is_unlimited([name]) == limit_is_default(course), name


def test_agent_table_and_reference_agree_on_what_acts_on_which_lineage() -> None:
    for name in sorted({name for limits in ATTRIBUTION_DAYS.values() for name in limits} | {"bortezomib"}):
        course = Course(0, "ITP", date(2020, 1, 1), agents=(name,))
        agent = agent_or_other(name)
        assert agent.acts_on == {d for d in ATTRIBUTION_DAYS if acts_on(course, d)}, name
        assert agent.is_steroid == has_steroid(course), name
