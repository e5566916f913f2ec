"""A call is rewritten when its fingerprint changes, so whatever can change a call must change its fingerprint."""

from dataclasses import replace
from datetime import timedelta
from itertools import islice

import numpy as np
import pytest

from adjudication.response.engine import Calls, adjudicate
from tests.generative.columns import CRITERIA, series_of
from tests.generative.random_courses import random_patients
from tests.generative.readable import FACTS, smaller
from tests.reference import Patient
from tests.spec.builder import CLEAN, HEMOLYSIS, aiha, another, bleed, dose, itp, other_cause, rescue

GOOD = {7: 150, 14: 150}
PLACES = {"course", "fingerprint", "evidence_first"}
"""Columns that say where something stands, not what was found."""


def found(patients: list[Patient]) -> dict[tuple[int, int], tuple[int, tuple[object, ...]]]:
    """Fingerprint and call of every course, by patient and the course's own row."""
    series, answers = series_of(patients), {}
    rows = [(p, course.row) for p, patient in enumerate(patients) for course in patient.courses]
    for criteria in CRITERIA.values():
        calls = adjudicate(series, criteria.rule).calls
        columns = [getattr(calls, name).tolist() for name in Calls._fields if name not in PLACES]
        for course, fingerprint, *call in zip(
            calls.course.tolist(), calls.fingerprint.tolist(), *columns, strict=True
        ):
            answers[rows[course]] = (fingerprint, tuple(call))
    return answers


def nearby(patient: Patient) -> list[Patient]:
    """The patient with one row less, or one a day later."""
    moved = []
    for name in FACTS:
        for i, row in enumerate(rows := getattr(patient, name)):
            other = replace(patient)
            setattr(other, name, [*rows[:i], replace(row, day=row.day + timedelta(days=1)), *rows[i + 1 :]])
            moved.append(other)
    return [*islice(smaller(patient, patient.courses[0].row), 20), *moved[:20]]


@pytest.mark.parametrize("seed", [501, 502, 503])
def test_two_courses_with_one_fingerprint_have_one_call(seed: int) -> None:
    """Each random patient beside the same patient with one row less or one row moved."""
    patients = random_patients(seed, 250)
    before = found(patients)
    pairs = [(p, other) for p, patient in enumerate(patients) for other in nearby(patient)]
    after = found([other for _, other in pairs])
    same = 0
    for (place, row), (fingerprint, call) in after.items():
        print_before, call_before = before[pairs[place][0], row]
        if fingerprint == print_before:
            same += 1
            assert call == call_before, (pairs[place], row)
    assert same > 500


def test_the_first_bleed_that_is_ever_recorded_changes_the_fingerprint_of_a_later_course() -> None:
    """It takes away the flag bleeding_not_recorded, though it lies before the window."""
    before = itp(baseline=10, counts=GOOD)
    after = itp(baseline=10, counts=GOOD, happened=[bleed(-100)])
    assert (before.flags, after.flags) == ({"bleeding_not_recorded"}, frozenset())
    assert before.fingerprint != after.fingerprint


def test_what_lies_outside_the_window_leaves_the_fingerprint_alone() -> None:
    """A count after the next course, a rescue there, a bleed of a patient who has others."""
    closed, known = [another(40, "toxicity")], [bleed(-100, grade=0)]
    before = itp(baseline=10, counts=GOOD, others=closed, happened=known).fingerprint
    assert itp(baseline=10, counts={**GOOD, 41: 20}, others=closed, happened=known).fingerprint == before
    for happening in (rescue(41, "low_count"), bleed(41)):
        after = itp(baseline=10, counts=GOOD, others=closed, happened=[*known, happening])
        assert after.fingerprint == before


@pytest.mark.parametrize(
    "facts",
    [
        {"counts": {**GOOD, 40: 150}},
        {"counts": {7: 150, 14: 150.000001}},
        {"counts": {7: 150, 15: 150}},
        {"baseline": 11},
        {"happened": [bleed(20, grade=0)]},
        {"happened": [rescue(20, "procedure")]},
        {"happened": [rescue(20, "unknown")]},
        {"others": [another(40, "relapse")]},
        {"others": [another(40, "toxicity")]},
        {"others": [another(40, "relapse", disease="AIHA")]},
        {"doses": [dose(0, 20, 60)]},
        {"doses": [dose(0, 21, 60)]},
        {"doses": [dose(0, 20, 50)]},
        {"died": 50},
        {"off": 30},
        {"intent": "maintenance"},
    ],
    ids=str,
)
def test_what_the_walk_reads_changes_the_fingerprint(facts: dict[str, object]) -> None:
    plain: dict[str, object] = {"baseline": 10, "counts": GOOD}
    assert itp(**{**plain, **facts}).fingerprint != itp(**plain).fingerprint


def test_another_agent_changes_the_fingerprint_where_its_limit_differs() -> None:
    limit = {
        name: itp(name, baseline=10, counts=GOOD).fingerprint
        for name in ("prednisolone", "rituximab", "ivig")
    }
    assert len(set(limit.values())) == 3


def test_markers_and_other_causes_change_the_fingerprint_of_a_hemoglobin_and_not_of_platelets() -> None:
    risen = {"baseline": 60, "counts": {14: 135, 21: 135}}
    prints = [
        aiha(**risen).fingerprint,
        aiha(**risen, markers={17: CLEAN}).fingerprint,
        aiha(**risen, markers={17: HEMOLYSIS}).fingerprint,
        aiha(**risen, markers={18: CLEAN}).fingerprint,
        aiha(**risen, happened=[other_cause(20)]).fingerprint,
    ]
    assert len(set(prints)) == len(prints)
    counts = {"baseline": 10, "counts": GOOD}
    assert itp(**counts, markers={10: CLEAN}).fingerprint == itp(**counts).fingerprint


def test_fingerprints_are_spread_over_all_bits() -> None:
    """Each is set in about half of some thousand courses."""
    series = series_of(random_patients(9, 3_000))
    prints = np.concatenate([adjudicate(series, one.rule).calls.fingerprint for one in CRITERIA.values()])
    share = [(prints >> np.uint64(bit) & np.uint64(1)).mean() for bit in range(64)]
    assert min(share) > 0.45
    assert max(share) < 0.55
