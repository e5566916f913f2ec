"""The oracle's patients as the engine's columns, and the engine's calls as the oracle's verdicts."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np

from adjudication.agents import agent_or_other
from adjudication.bridges import bridges, kind_of, only_bridge_until
from adjudication.response import terms
from adjudication.response.criteria import DEFAULTS, Criteria, load
from adjudication.response.engine import Calls, Judged, adjudicate
from adjudication.response.engine import Evidence as EvidenceColumns
from adjudication.response.series import Courses, DoseSteps, Happenings, Observations, Series
from adjudication.response.terms import MISSING, NO_DAY, Disease, Happening, HappeningReason
from tests.reference import (
    CITRATE_FACTOR,
    ORDER_OF_DEFAULTS,
    OTHER_CAUSE_DAYS,
    STEROIDS,
    Course,
    DoseStep,
    Evidence,
    Observation,
    Patient,
    Verdict,
    is_observation,
    state_of,
    steps_of,
)

EPOCH = date(1970, 1, 1)
EPOCH_ORDINAL = EPOCH.toordinal()
MILLION = Decimal(1_000_000)

DISEASE = {d.word: int(d) for d in Disease}
KIND = {k.word: int(k) for k in terms.Kind}
STATE = {s.word: int(s) for s in terms.MarkerState}
INTENT = {i.word: int(i) for i in terms.Intent}
START_REASON = {"": 0} | {r.word: int(r) for r in terms.StartReason}
STOP_REASON = {"": 0} | {r.word: int(r) for r in terms.StopReason}
SCALE = {s.word: int(s) for s in terms.Scale}
TUBE = {"": 0} | {t.word: int(t) for t in terms.Specimen}
TRANSFUSION_REASON = {
    "": int(HappeningReason.UNKNOWN),
    "unknown": int(HappeningReason.UNKNOWN),
    "cytopenia": int(HappeningReason.CYTOPENIA),
    "surgery": int(HappeningReason.SURGERY),
    "other": int(HappeningReason.OTHER),
}
RESCUE_REASON = {
    "": int(HappeningReason.UNKNOWN),
    "unknown": int(HappeningReason.UNKNOWN),
    "low_count": int(HappeningReason.LOW_COUNT),
    "bleed": int(HappeningReason.BLEED),
    "procedure": int(HappeningReason.PROCEDURE),
}
NOT_RELATED, UNKNOWN = int(HappeningReason.NOT_RELATED), int(HappeningReason.UNKNOWN)
PRODUCT = {"red_cells": int(Happening.RED_CELLS), "platelets": int(Happening.PLATELET_TRANSFUSION)}
RESCUE = {"platelets": Happening.RESCUE_PLATELETS, "other": Happening.OTHER_RESCUE_DRUG}
CAUSE = {"ITP": int(Happening.OTHER_CAUSE_ITP), "AIHA": int(Happening.OTHER_CAUSE_AIHA)}

CRITERIA: dict[str, Criteria] = {disease.word: load(name) for disease, name in DEFAULTS.items()}


def day_number(day: date | None) -> int:
    return NO_DAY if day is None else day.toordinal() - EPOCH_ORDINAL


SIDE = {"": 0, "<": -1, ">": 1}


def micro(value: Decimal) -> int:
    return int(value * MILLION)


def _course_row(patient: int, course: Course, bridge_until: int) -> tuple[int, ...]:
    agents = [agent_or_other(name) for name in course.agents]
    acts_on = sum(1 << DISEASE[d] for d in {d for agent in agents for d in agent.acts_on})
    observed, criteria = is_observation(course), CRITERIA[course.disease]
    return (
        patient,
        DISEASE[course.disease],
        day_number(course.started_on),
        day_number(course.stopped_on),
        INTENT["observation" if observed else course.intent],
        START_REASON[course.start_reason],
        NO_DAY if observed else criteria.attribution_days(course.agents),
        0 if observed else acts_on,
        any(agent.is_steroid for agent in agents),
        "splenectomy" in course.agents,
        day_number(course.off_treatment_from),
        course.episode,
        STOP_REASON[course.stop_reason],
        criteria.failing_from_days(["observation"] if observed else course.agents),
        not observed and criteria.is_unlimited(course.agents),
        bridge_until,
        course.row,
    )


def _happening_rows(number: int, patient: Patient) -> Iterable[tuple[int, ...]]:
    for b in patient.bleeds:
        related = NOT_RELATED if b.itp_related == "no" else UNKNOWN
        begun = day_number(b.day)
        ended = day_number(b.ended_on or b.day)
        yield number, begun, ended, int(Happening.BLEED), related, b.grade, b.row, SCALE[b.scale], NO_DAY
    for t in patient.transfusions:
        given = day_number(t.day)
        yield number, given, given, PRODUCT[t.product], TRANSFUSION_REASON[t.reason], 0, t.row, 0, NO_DAY
    for r in patient.rescues:
        given = day_number(r.day)
        kind = RESCUE.get(r.agent, Happening.RESCUE_DRUG)
        yield number, given, given, int(kind), RESCUE_REASON[r.reason], 0, r.row, 0, NO_DAY
    for c in patient.other_causes:
        begun = day_number(c.day)
        ended = begun + OTHER_CAUSE_DAYS if c.ended_on is None else day_number(c.ended_on)
        yield number, begun, ended, CAUSE[c.disease], UNKNOWN, 0, c.row, 0, NO_DAY


def _columns(kind: Any, rows: Sequence[tuple[int, ...]], types: str) -> Any:
    turned: list[tuple[int, ...]] = list(zip(*rows, strict=True)) if rows else [() for _ in types]
    width = {"1": np.int8, "2": np.int16, "4": np.int32, "8": np.int64}
    return kind(*(np.array(column, width[t]) for column, t in zip(turned, types, strict=True)))


def courses_of(patients: Sequence[Patient]) -> list[tuple[int, Course]]:
    return [(p, course) for p, patient in enumerate(patients) for course in patient.courses]


def steps_given(course: Course) -> list[DoseStep]:
    """The steps of every agent, as a record has them: one of an agent without any is given from the start."""
    return [step for agent in course.agents if agent != "observation" for step in steps_of(course, agent)]


def _bridges(courses: Sequence[tuple[int, Course]]) -> tuple[list[tuple[int, ...]], list[int]]:
    """The bridges of the courses as happenings, and for each course the last day of one that is nothing else."""
    section = CRITERIA["ITP"].sections["bridge"]
    steps = [(place, c, s) for place, (_, c) in enumerate(courses) for s in steps_given(c)]

    def column(values: Iterable[int], kind: Any = np.int64) -> Any:
        return np.array(list(values), kind)

    names = sorted({s.agent for _, _, s in steps})
    course, kind = (
        column(place for place, _, _ in steps),
        column(kind_of(s.agent, section) for _, _, s in steps),
    )
    agent = column(names.index(s.agent) for _, _, s in steps)
    started = column((day_number(s.started_on) for _, _, s in steps), np.int32)
    stopped = column((day_number(s.stopped_on) for _, _, s in steps), np.int32)
    ends = column((day_number(c.stopped_on) for _, c, _ in steps), np.int32)
    row = column(s.row for _, _, s in steps)
    found = bridges(course, agent, kind, started, stopped, ends, row, section["pulse_days"], NO_DAY)
    happenings: list[tuple[int, ...]] = [
        (
            courses[at][0],
            first,
            last,
            int(Happening.BRIDGE),
            UNKNOWN,
            0,
            cited,
            0,
            day_number(courses[at][1].started_on),
        )
        for at, first, last, cited in zip(
            *(part.tolist() for part in (found.course, found.first, found.last, found.row)), strict=True
        )
    ]
    until = only_bridge_until(found, course, agent, kind, started, len(courses), NO_DAY)
    return happenings, [int(day) for day in until]


def _observation_row(patient: int, o: Observation) -> tuple[int, ...] | None:
    """None for a marker that says nothing (DEF-AIHA-10)."""
    day = o.day.toordinal() - EPOCH_ORDINAL
    if o.analyte not in ("platelets", "hemoglobin"):
        state = state_of(o)
        return (patient, day, KIND[o.analyte], STATE[state], o.row, 0, 0, -1) if state else None
    assert o.value is not None
    platelets = o.analyte == "platelets"
    tube = TUBE[o.specimen] if platelets else 0
    minute = o.time.hour * 60 + o.time.minute if platelets and o.time is not None else -1
    factor = CITRATE_FACTOR if o.specimen == "citrate" else 1
    return (patient, day, KIND[o.analyte], micro(o.value * factor), o.row, SIDE[o.comparator], tube, minute)


def series_of(patients: Sequence[Patient]) -> Series:
    """The engine's columns, rows and courses in the order of the patients' own lists."""
    courses = courses_of(patients)
    observed = [_observation_row(p, o) for p, patient in enumerate(patients) for o in patient.observations]
    bridged, bridge_until = _bridges(courses)
    happenings = [row for p, patient in enumerate(patients) for row in _happening_rows(p, patient)]
    steps = [
        (
            place,
            day_number(s.started_on),
            day_number(s.stopped_on or c.stopped_on),
            MISSING if s.dose is None else micro(s.dose),
            sorted(STEROIDS).index(s.agent),
            s.row,
        )
        for place, (_, c) in enumerate(courses)
        for s in steps_given(c)
        if s.agent in STEROIDS
    ]
    return Series(
        len(patients),
        np.array([day_number(patient.died_on) for patient in patients], np.int32),
        _columns(
            Courses,
            [_course_row(p, c, until) for (p, c), until in zip(courses, bridge_until, strict=True)],
            "41441141114414148",
        ),
        _columns(Observations, [row for row in observed if row is not None], "44188112"),
        _columns(Happenings, [*happenings, *bridged], "444111814"),
        _columns(DoseSteps, steps, "444848"),
    )


STEP = [s.word for s in terms.Step]
SOURCE = [s.word for s in terms.Source]
PREDICATE = [p.word for p in terms.Predicate]
LEVEL = [level.word for level in terms.Level]
DURATION_STATUS = [s.word for s in terms.DurationStatus]
REASON = [None if r == terms.Reason.NONE else r.word for r in terms.Reason]
CENSORED_BY = [None if c == terms.CensoredBy.NONE else c.word for c in terms.CensoredBy]
KNOWN = {1: True, 0: False, -1: None}


@cache
def _day(number: int) -> date | None:
    return None if number == NO_DAY else EPOCH + timedelta(days=number)


@cache
def _value(micro_units: int) -> Decimal | None:
    return None if micro_units == MISSING else Decimal(micro_units) / MILLION


@cache
def _flags(mask: int) -> frozenset[str]:
    return frozenset(terms.flag_words(mask).split(";")) - {""}


@cache
def _readings(mask: int) -> tuple[str, ...]:
    """The readings in the order of the reference (a bit mask has no order of its own)."""
    named = set(terms.reading_words(mask).split(";"))
    return tuple(name for name in ORDER_OF_DEFAULTS if name in named)


def _printed(micro_units: int, side: int) -> Decimal | None:
    """A value as the laboratory printed it: the engine keeps a limit moved by one millionth to its side."""
    return _value(micro_units if micro_units == MISSING else micro_units - side)


def _evidence(columns: EvidenceColumns, sides: dict[int, int]) -> list[Evidence]:
    return [
        Evidence(
            STEP[step],
            "dose_step" if SOURCE[source] == "course_agent" else SOURCE[source],
            row,
            EPOCH + timedelta(days=day),
            PREDICATE[predicate],
            _value(threshold),
            _printed(value, sides.get(row, 0) if SOURCE[source] == "observation" else 0),
            bool(held),
        )
        for step, source, row, day, predicate, threshold, value, held in zip(
            *(column.tolist() for column in columns), strict=True
        )
    ]


COMPARATOR = {0: "", -1: "<", 1: ">"}


def verdicts_of(series: Series, judged: Judged) -> dict[int, Verdict]:
    """The calls as verdicts, by the place of the course in the series."""
    calls: Calls = judged.calls
    limits = zip(series.observations.row.tolist(), series.observations.limit.tolist(), strict=True)
    sides = {row: side for row, side in limits if side}
    evidence = _evidence(judged.evidence, sides)
    first = calls.evidence_first.tolist()
    columns = {name: column.tolist() for name, column in calls._asdict().items()}

    def side(k: int) -> int:
        """That of the baseline, which is the first row that is cited."""
        cited = evidence[first[k]] if first[k] < first[k + 1] else None
        return sides.get(cited.row, 0) if cited is not None and cited.step == "baseline" else 0

    return {
        course: Verdict(
            best_response=LEVEL[columns["level"][k]],
            reason=REASON[columns["reason"][k]],
            baseline=_printed(columns["baseline"][k], side(k)),
            baseline_comparator=COMPARATOR[side(k)],
            held_until=_day(columns["held_until"][k]),
            lost_on=_day(columns["lost_on"][k]),
            srot30=KNOWN[columns["srot30"][k]],
            srot50=KNOWN[columns["srot50"][k]],
            days_off=columns["days_off"][k],
            onset_on=_day(columns["onset_on"][k]),
            cr_onset_on=_day(columns["cr_onset_on"][k]),
            relapsed_on=_day(columns["relapsed_on"][k]),
            lost_cr_on=_day(columns["lost_cr_on"][k]),
            duration_of_response_days=None
            if columns["duration_status"][k] == terms.DurationStatus.NONE
            else columns["duration_days"][k],
            duration_status=DURATION_STATUS[columns["duration_status"][k]],
            censored_by=CENSORED_BY[columns["censored_by"][k]],
            flags=_flags(columns["flags"][k]),
            defaults_applied=_readings(columns["readings"][k]),
            er_7d=KNOWN[columns["er_7d"][k]],
            ir_1m=KNOWN[columns["ir_1m"][k]],
            dr_6m=KNOWN[columns["dr_6m"][k]],
            rem_12m=KNOWN[columns["rem_12m"][k]],
            in_response_days=columns["in_response_days"][k],
            observed_days=columns["observed_days"][k],
            evidence=tuple(evidence[first[k] : first[k + 1]]),
        )
        for k, course in enumerate(columns["course"])
    }


def shuffled(series: Series, rng: np.random.Generator) -> tuple[Series, list[int]]:
    """The same rows in random order, and for each course the place where it stood before."""

    def placed(table: Any, order: np.ndarray) -> Any:
        return type(table)(**{name: column[order] for name, column in vars(table).items()})

    order = rng.permutation(series.courses.patient.size)
    place_now = np.argsort(order).astype(np.int32)
    steps = placed(series.dose_steps, rng.permutation(series.dose_steps.course.size))
    return Series(
        series.n_patients,
        series.died_on,
        placed(series.courses, order),
        placed(series.observations, rng.permutation(series.observations.patient.size)),
        placed(series.happenings, rng.permutation(series.happenings.patient.size)),
        DoseSteps(place_now[steps.course], steps.started, steps.stopped, steps.mg_e6, steps.agent, steps.row),
    ), order.tolist()


def judge_by_engine(series: Series) -> list[Verdict]:
    """The engine's verdict on every course, in the order of the series' courses."""
    found: dict[int, Verdict] = {}
    for criteria in CRITERIA.values():
        found |= verdicts_of(series, adjudicate(series, criteria.rule))
    assert len(found) == series.courses.patient.size
    return [found[course] for course in range(len(found))]
