"""What must hold of every call whatever the criteria say: order, partition, calendar, window, evidence."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest

from adjudication.response.series import Series, cut
from adjudication.response.terms import NO_DAY
from tests.generative.columns import (
    courses_of,
    day_number,
    judge_by_engine,
    series_of,
    shuffled,
)
from tests.generative.random_courses import FIRST_DAY, SPREAD, Draw, number, random_patients
from tests.generative.readable import written
from tests.reference import (
    BASELINE_LOOK_BACK,
    MARKERS,
    Case,
    Course,
    Observation,
    Patient,
    Verdict,
    acts_on,
)

SEEDS = (101, 102, 103)
PATIENTS = 1_500


@cache
def patients_of(seed: int) -> list[Patient]:
    return random_patients(seed, PATIENTS)


@cache
def verdicts_of(seed: int) -> list[Verdict]:
    return judge_by_engine(series_of(patients_of(seed)))


def judged(seed: int) -> Iterator[tuple[Patient, Course, Verdict]]:
    patients = patients_of(seed)
    for (p, course), verdict in zip(courses_of(patients), verdicts_of(seed), strict=True):
        yield patients[p], course, verdict


def verdicts_on(pairs: list[tuple[Patient, Course]]) -> list[Verdict]:
    """For each patient the verdict on the one course that is asked for."""
    found = judge_by_engine(series_of([patient for patient, _ in pairs]))
    asked = [course.row == pairs[p][1].row for p, course in courses_of([patient for patient, _ in pairs])]
    return [verdict for verdict, wanted in zip(found, asked, strict=True) if wanted]


def own_analyte(course: Course) -> str:
    return "platelets" if course.disease == "ITP" else "hemoglobin"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    series, order = shuffled(series_of(patients_of(seed)), np.random.default_rng(seed))
    expected = verdicts_of(seed)
    assert judge_by_engine(series) == [expected[i] for i in order]


@pytest.mark.parametrize("patients_a_chunk", [1, 7, 400])
def test_any_partition_by_patient_gives_the_same_calls(patients_a_chunk: int) -> None:
    patients = patients_of(SEEDS[0])[:300]
    whole = judge_by_engine(series_of(patients))
    chunks = [patients[i : i + patients_a_chunk] for i in range(0, len(patients), patients_a_chunk)]
    assert [v for chunk in chunks for v in judge_by_engine(series_of(chunk))] == whole


def later_by(series: Series, days: int) -> Series:
    def moved(table: object, *names: str) -> dict[str, np.ndarray]:
        columns = dict(vars(table))
        return columns | {
            name: np.where(columns[name] == NO_DAY, NO_DAY, columns[name] + days).astype(np.int32)
            for name in names
        }

    return Series(
        series.n_patients,
        np.where(series.died_on == NO_DAY, NO_DAY, series.died_on + days).astype(np.int32),
        type(series.courses)(**moved(series.courses, "started", "stopped", "off_from", "bridge_until")),
        type(series.observations)(**moved(series.observations, "day")),
        type(series.happenings)(**moved(series.happenings, "day", "end_day", "begun")),
        type(series.dose_steps)(**moved(series.dose_steps, "started", "stopped")),
    )


def moved_by(verdict: Verdict, by: timedelta) -> Verdict:
    def day(on: date | None) -> date | None:
        return None if on is None else on + by

    return replace(
        verdict,
        onset_on=day(verdict.onset_on),
        cr_onset_on=day(verdict.cr_onset_on),
        relapsed_on=day(verdict.relapsed_on),
        lost_cr_on=day(verdict.lost_cr_on),
        held_until=day(verdict.held_until),
        lost_on=day(verdict.lost_on),
        evidence=tuple(e._replace(day=e.day + by) for e in verdict.evidence),
    )


@pytest.mark.parametrize("days", [1, -366, 10_000, -20_000])
def test_moving_every_date_by_the_same_days_moves_the_dates_of_the_call_and_nothing_else(days: int) -> None:
    found = judge_by_engine(later_by(series_of(patients_of(SEEDS[1])), days))
    assert found == [moved_by(v, timedelta(days=days)) for v in verdicts_of(SEEDS[1])]


@pytest.mark.parametrize("seed", SEEDS)
def test_counts_outside_the_window_change_nothing(seed: int) -> None:
    """Outside: before the days that a baseline may come from, after the window, or of the other lineage.

    Only of courses without one for the same disease before them, whose response would be looked at, and without one of
    maintenance after them, through which it is followed further.
    """

    def alone(patient: Patient, course: Course, verdict: Verdict) -> bool:
        former = any(
            c.disease == course.disease and c.started_on < course.started_on for c in patient.courses
        )
        return not former and "continued_under_maintenance" not in verdict.flags

    def outside(patient: Patient, course: Course) -> Patient:
        case = Case(patient, course)
        days = [case.baseline_at, *(bridge.day for bridge in case._moving_bridges())]
        sought_from = min(days) - timedelta(days=BASELINE_LOOK_BACK)

        def kept(o: Observation) -> bool:
            inside = case.window.holds(o.day) or sought_from <= o.day <= course.started_on
            return o.analyte in MARKERS or (o.analyte == own_analyte(course) and inside)

        others = [
            replace(o, value=number("77.7"), comparator="") for o in patient.observations if not kept(o)
        ]
        return replace(patient, observations=[*others, *(o for o in patient.observations if kept(o))])

    cases = [(p, c, v) for p, c, v in judged(seed) if alone(p, c, v)]
    assert len(cases) > PATIENTS // 2
    assert verdicts_on([(outside(p, c), c) for p, c, _ in cases]) == [v for _, _, v in cases]


def cited_only(patient: Patient, course: Course, verdict: Verdict) -> Patient:
    """The patient with the rows that the call cites, and the facts about courses, other causes, death and what was
    given before the start, which say which count is the baseline.
    """
    rows = {row.row for row in verdict.evidence if row.source not in ("course", "patient")}
    return Patient(
        courses=patient.courses,
        observations=[o for o in patient.observations if o.row in rows],
        bleeds=[b for b in patient.bleeds if b.row in rows],
        transfusions=[t for t in patient.transfusions if t.row in rows or t.day <= course.started_on],
        rescues=[r for r in patient.rescues if r.row in rows or r.day <= course.started_on],
        other_causes=patient.other_causes,
        died_on=patient.died_on,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_the_cited_rows_alone_give_the_same_response(seed: int) -> None:
    """Of what started in response the call of the course before it cites why; nor is it evidence of a response what
    kept a course from starting in one, such as a bleed between a good baseline and the start. Of a confirmed failure
    the best count is cited, also one that passed once: what failed after that is not cited.
    """
    cases = [(p, c, v) for p, c, v in judged(seed) if v.reason != "started_in_response"]
    found = verdicts_on([(cited_only(p, c, v), c) for p, c, v in cases])
    wrong = [
        f"{v.best_response} {v.reason}, from its evidence alone {again.best_response} {again.reason}\n"
        + written(cited_only(p, c, v), c)
        for (p, c, v), again in zip(cases, found, strict=True)
        if again.best_response != v.best_response
        and again.reason != "started_in_response"
        and (v.reason, again.reason) != ("failing_confirmed", "unconfirmed")
    ]
    assert wrong == [], f"{len(wrong)} calls, the first:\n{wrong[0]}"


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_logged_after_the_data_cut_never_changes_a_call(seed: int) -> None:
    data_cut = date.fromordinal(FIRST_DAY + SPREAD // 2)
    patients = patients_of(seed)
    known = judge_by_engine(cut(series_of(patients), day_number(data_cut)))
    draw = Draw(seed)
    value = draw.of([number("0"), number("150")], len(patients))
    after = draw.of((1, 2, 8, 60), len(patients))
    logged_later = [
        replace(
            p,
            observations=[
                *p.observations,
                *(
                    Observation(10**9 + i, data_cut + timedelta(days=after[i]), analyte, value[i])
                    for analyte in ("platelets", "hemoglobin")
                ),
                Observation(2 * 10**9 + i, data_cut + timedelta(days=1), "haptoglobin", state="abnormal"),
            ],
        )
        for i, p in enumerate(patients)
    ]
    assert judge_by_engine(cut(series_of(logged_later), day_number(data_cut))) == known


@pytest.mark.parametrize("seed", SEEDS)
def test_a_course_for_a_lineage_it_does_not_touch_changes_nothing_of_the_other(seed: int) -> None:
    """Without courses that act on its lineage, the other lineage's courses may as well not be there.

    But for the results of the day on which one starts, of which the time of day decides nothing (DEF-ITP-26).
    """

    def timed_on_a_start(p: Patient) -> bool:
        days = [o.day for o in p.observations if o.time is not None]
        return any(days.count(c.started_on) > 1 for c in p.courses)

    cases = [
        (p, c, v)
        for p, c, v in judged(seed)
        if any(o.disease != c.disease for o in p.courses) and not timed_on_a_start(p)
    ]
    spared = [
        (
            replace(p, courses=[o for o in p.courses if o.disease == c.disease or acts_on(o, c.disease)]),
            c,
        )
        for p, c, _ in cases
    ]
    assert verdicts_on(spared) == [v for _, _, v in cases]
