"""What would have changed a call, against brute force: every count of random patients with many other values.

The brute force knows nothing of thresholds: it judges the patient again with each value by the oracle, which shares no
code with the engine.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from adjudication.response.what_would_change import Change, what_would_change
from tests.generative.columns import CRITERIA, LEVEL, STATE, courses_of, judge_by_engine, series_of
from tests.generative.random_courses import HEMOGLOBIN, PLATELETS, Draw, number, random_patients
from tests.generative.readable import written
from tests.reference import CITRATE_FACTOR, MICRO_UNIT, Course, Observation, Patient, judge

SEEDS = (301, 302, 303)
PATIENTS = 30
VALUES = 5
"""Values tried of every count."""


def asked(seed: int) -> Iterator[tuple[Patient, Course, tuple[Change, ...]]]:
    """Random courses with what would have changed their calls."""
    patients = random_patients(seed, PATIENTS)
    series = series_of(patients)
    for place, (p, course) in enumerate(courses_of(patients)):
        yield patients[p], course, what_would_change(series, CRITERIA[course.disease].rule, place)


def correction(observation: Observation) -> Decimal:
    return CITRATE_FACTOR if observation.specimen == "citrate" else Decimal(1)


def with_value(patient: Patient, observation: Observation, value: Decimal | None, state: str = "") -> Patient:
    """The patient with another value of one observation; a count of a citrate tube is given as corrected."""
    as_printed = None if value is None else value / correction(observation)
    other = replace(observation, value=as_printed, comparator="", state=state)
    return replace(patient, observations=[other if o is observation else o for o in patient.observations])


def own(patient: Patient, course: Course) -> list[Observation]:
    analyte = "platelets" if course.disease == "ITP" else "hemoglobin"
    return [o for o in patient.observations if o.analyte == analyte]


def judged_both_ways(pairs: list[tuple[Patient, Course]]) -> list[str]:
    """The level of each course, by the oracle and by the engine alike."""
    patients = [patient for patient, _ in pairs]
    verdicts = judge_by_engine(series_of(patients))
    by_engine = [
        verdict.best_response
        for (p, course), verdict in zip(courses_of(patients), verdicts, strict=True)
        if course.row == pairs[p][1].row
    ]
    by_oracle = [judge(patient, course).best_response for patient, course in pairs]
    assert by_oracle == by_engine
    return by_oracle


@pytest.mark.parametrize("seed", SEEDS)
def test_every_stated_value_changes_the_call_as_stated(seed: int) -> None:
    states = {code: word for word, code in STATE.items()}
    tried: list[tuple[Patient, Course]] = []
    stated: list[Change] = []
    for patient, course, changes in asked(seed):
        for change in changes:
            (observation,) = [o for o in patient.observations if o.row == change.row]
            is_marker = observation.analyte not in ("platelets", "hemoglobin")
            value = None if is_marker else change.becomes * MICRO_UNIT
            state = states[change.becomes] if is_marker else ""
            tried.append((with_value(patient, observation, value, state), course))
            stated.append(change)
    assert len(stated) > PATIENTS
    for (patient, course), change, found in zip(tried, stated, judged_both_ways(tried), strict=True):
        assert found == LEVEL[change.level], f"{change}\n{written(patient, course)}"


@pytest.mark.parametrize("seed", SEEDS)
def test_no_value_changes_the_call_to_a_level_that_is_not_stated(seed: int) -> None:
    """Nor is a stated value farther from the recorded one than a value that does the same, up to a whole number."""
    draw = Draw(seed)
    grid = {
        "ITP": [number(value) for row in PLATELETS for value in row],
        "AIHA": [number(value) for row in HEMOGLOBIN for value in row],
    }
    tried: list[tuple[Patient, Course]] = []
    claims: list[tuple[Observation, Decimal, str, dict[str, Change]]] = []
    unchanged = 0
    for patient, course, changes in asked(seed):
        level = judge(patient, course).best_response
        unchanged += not changes
        values = [o.value * correction(o) for o in own(patient, course) if o.value is not None]
        for observation in own(patient, course):
            known = {LEVEL[change.level]: change for change in changes if change.row == observation.row}
            beside = [value * factor for value in values for factor in (1, 2, Decimal("0.5"))]
            for drawn in draw.of([*grid[course.disease], *beside], VALUES):
                value = round(drawn, 6)
                tried.append((with_value(patient, observation, value), course))
                claims.append((observation, value, level, known))
    assert unchanged > 0
    assert len(tried) > 20 * PATIENTS
    for (patient, course), claim, found in zip(tried, claims, judged_both_ways(tried), strict=True):
        observation, value, level, known = claim
        if found == level:
            continue
        said = f"row {observation.row} with {value}: {level} becomes {found}\n{written(patient, course)}"
        assert found in known, said
        if not observation.comparator and observation.value is not None:
            was = observation.value * correction(observation)
            assert abs(known[found].becomes * MICRO_UNIT - was) <= abs(value - was) + 1, said
