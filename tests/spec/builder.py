"""One patient, told the way a clinician would tell it, and the engine's answer in days from the start of the course.

Day 0 is the start of the course in question. A count is written as the laboratory prints it (`99.6`, `"<30"`), several
counts of a day as a list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from adjudication.agents import agent_or_other
from adjudication.bridges import ALWAYS, NO_BRIDGE, kind_of
from adjudication.response.criteria import Criteria, default
from adjudication.response.engine import Judged, adjudicate
from adjudication.response.series import Courses, DoseSteps, Happenings, Observations, Series, cut
from adjudication.response.terms import (
    MICRO,
    MISSING,
    NO_DAY,
    CensoredBy,
    Disease,
    DurationStatus,
    Happening,
    HappeningReason,
    Intent,
    Kind,
    Level,
    MarkerState,
    Reason,
    Scale,
    Specimen,
    StartReason,
    Step,
    StopReason,
    flag_words,
    reading_words,
)

Value = float | str
Counts = Mapping[int, Any]
"""By day a value, a `Tube`, or a list of them."""

START = 18_000
"""The day of the calendar on which the course starts; any other would do."""
CLEAN = "haptoglobin normal, ldh normal"
HEMOLYSIS = "haptoglobin abnormal, ldh normal"

LEVEL = [level.word for level in Level]
REASON = ["" if reason == Reason.NONE else reason.word for reason in Reason]
STATUS = [status.word for status in DurationStatus]
CENSORED_BY = ["" if by == CensoredBy.NONE else by.word for by in CensoredBy]
STEP = [step.word for step in Step]


@dataclass(frozen=True)
class Happened:
    """A bleed, transfusion, rescue or other cause."""

    kind: Happening
    day: int
    until: int
    reason: HappeningReason
    grade: int = 0
    scale: Scale = Scale.WHO


@dataclass(frozen=True)
class Another:
    """Another course of the patient; `until` is the day of its last dose, None: nobody recorded it."""

    day: int
    reason: str
    agents: tuple[str, ...]
    disease: str | None
    intent: str
    until: int | None = None
    stop_reason: str = "not_recorded"
    episode: int = 1


@dataclass(frozen=True)
class Tube:
    """A result with its tube and, where it is known, its time (`09:30`)."""

    value: Value
    specimen: str = "edta"
    at: str | None = None

    @property
    def minute(self) -> int:
        return -1 if self.at is None else int(self.at[:2]) * 60 + int(self.at[3:])


@dataclass(frozen=True)
class Dose:
    """A step of a corticosteroid in milligrams of prednisolone a day (None: not known); both days inclusive.

    It is of the first agent of the course unless another of its agents is named.
    """

    first: int
    last: int | None
    mg: float | None
    agent: str | None = None


@dataclass(frozen=True)
class Call:
    """The engine's answer. Days are counted from the start of the course; None = there is none, or not known."""

    best_response: str
    reason: str
    baseline: Decimal | None
    onset: int | None
    cr_onset: int | None
    relapsed: int | None
    lost_cr: int | None
    duration: int | None
    status: str
    censored_by: str
    flags: frozenset[str]
    readings: frozenset[str]
    er_7d: bool | None
    ir_1m: bool | None
    dr_6m: bool | None
    rem_12m: bool | None
    in_response_days: int
    observed_days: int
    srot30: bool | None
    srot50: bool | None
    days_off: int
    evidence: tuple[tuple[str, int], ...]
    fingerprint: int
    held_until: int | None
    lost_on: int | None


def bleed(
    day: int, until: int | None = None, grade: int = 1, of_itp: bool = True, scale: Scale = Scale.WHO
) -> Happened:
    reason = HappeningReason.UNKNOWN if of_itp else HappeningReason.NOT_RELATED
    return Happened(Happening.BLEED, day, day if until is None else until, reason, grade, scale)


def rescue(day: int, reason: str = "unknown", agent: str = "ivig") -> Happened:
    kind = {"platelets": Happening.RESCUE_PLATELETS, "other": Happening.OTHER_RESCUE_DRUG}.get(
        agent, Happening.RESCUE_DRUG
    )
    return Happened(kind, day, day, HappeningReason[reason.upper()])


def red_cells(day: int, reason: str = "cytopenia") -> Happened:
    return Happened(Happening.RED_CELLS, day, day, HappeningReason[reason.upper()])


def platelets_given(day: int, reason: str = "cytopenia") -> Happened:
    return Happened(Happening.PLATELET_TRANSFUSION, day, day, HappeningReason[reason.upper()])


def other_cause(day: int, until: int | None = None, of: str = "AIHA") -> Happened:
    kind = Happening[f"OTHER_CAUSE_{of}"]
    return Happened(kind, day, day if until is None else until, HappeningReason.UNKNOWN)


def another(
    day: int,
    reason: str = "not_recorded",
    *agents: str,
    disease: str | None = None,
    intent: str = "induction",
    until: int | None = None,
    stop_reason: str = "not_recorded",
    episode: int = 1,
) -> Another:
    """Another course, of the same disease unless said otherwise, with rituximab unless said otherwise."""
    return Another(day, reason, agents or ("rituximab",), disease, intent, until, stop_reason, episode)


def dose(first: int, last: int | None, mg: float | None, agent: str | None = None) -> Dose:
    return Dose(first, last, mg, agent)


def itp(*agents: str, **facts: Any) -> Call:
    """The call on a course for ITP; see `judged` for the facts."""
    return call_of(*judged("ITP", agents or ("prednisolone",), **facts))


def itp_courses(*agents: str, **facts: Any) -> list[Call]:
    """The calls on a course for ITP and on each of its `others` of the same disease, in the order of their starts."""
    series, found = judged("ITP", agents or ("prednisolone",), **facts)
    return [call_of(series, found, row) for row in found.calls.course.tolist()]


def aiha_courses(*agents: str, **facts: Any) -> list[Call]:
    """As `itp_courses`, for AIHA."""
    series, found = judged("AIHA", agents or ("prednisolone",), **facts)
    return [call_of(series, found, row) for row in found.calls.course.tolist()]


def aiha(*agents: str, **facts: Any) -> Call:
    """The call on a course for AIHA; see `judged` for the facts."""
    return call_of(*judged("AIHA", agents or ("prednisolone",), **facts))


def judged(
    disease: str,
    agents: Sequence[str],
    *,
    baseline: Value | None = None,
    counts: Counts | None = None,
    markers: Mapping[int, str] | None = None,
    happened: Sequence[Happened] = (),
    others: Sequence[Another] = (),
    doses: Sequence[Dose] = (),
    intent: str = "induction",
    died: int | None = None,
    off: int | None = None,
    known_until: int | None = None,
    reason: str = "first_line",
    stopped: int | None = None,
    stop_reason: str = "not_recorded",
) -> tuple[Series, Judged]:
    """The series of the patient and what the engine makes of it; the course in question is the first.

    `baseline` is a count on day 0; `markers` has results like `haptoglobin normal, ldh abnormal` by day; `doses` are
    steps of this course; `off` is the day of its last dose; what comes after `known_until` is not known.
    """
    criteria = default(Disease[disease])
    all_counts: dict[int, Any] = dict(counts or {})
    if baseline is not None:
        all_counts = {0: baseline, **all_counts}
    observed = [
        (
            day,
            int(criteria.analyte),
            exact(one.value),
            _side(one.value),
            int(Specimen[one.specimen.upper()]),
            one.minute,
        )
        for day, values in all_counts.items()
        for one in (
            value if isinstance(value, Tube) else Tube(value)
            for value in (values if isinstance(values, list) else [values])
        )
    ]
    observed += [
        (day, int(Kind[name.upper()]), int(MarkerState[state.upper()]), 0, 0, -1)
        for day, results in (markers or {}).items()
        for name, state in (result.split() for result in results.split(", "))
    ]
    this = Another(0, reason, tuple(agents), disease, intent, stopped, stop_reason)
    bridged = bridges_of([this, *others], criteria)
    series = Series(
        1,
        column([NO_DAY if died is None else START + died], np.int32),
        courses_of([this, *others], criteria, off),
        Observations(
            column([0 for _ in observed], np.int32),
            column([START + one[0] for one in observed], np.int32),
            column([one[1] for one in observed], np.int8),
            column([one[2] for one in observed], np.int64),
            column(list(range(len(observed))), np.int64),
            column([one[3] for one in observed], np.int8),
            column([one[4] for one in observed], np.int8),
            column([one[5] for one in observed], np.int16),
        ),
        Happenings(
            column([0 for _ in (*happened, *bridged)], np.int32),
            column([START + one.day for one in (*happened, *bridged)], np.int32),
            column([START + one.until for one in (*happened, *bridged)], np.int32),
            column([one.kind for one in (*happened, *bridged)], np.int8),
            column([one.reason for one in (*happened, *bridged)], np.int8),
            column([one.grade for one in (*happened, *bridged)], np.int8),
            column([1_000 + i for i in range(len(happened) + len(bridged))], np.int64),
            column([one.scale for one in (*happened, *bridged)], np.int8),
            column([*(NO_DAY for _ in happened), *(START + one.begun for one in bridged)], np.int32),
        ),
        DoseSteps(
            column([0 for _ in doses], np.int32),
            column([START + one.first for one in doses], np.int32),
            column([NO_DAY if one.last is None else START + one.last for one in doses], np.int32),
            column([MISSING if one.mg is None else exact(one.mg) for one in doses], np.int64),
            column([agents.index(one.agent) if one.agent else 0 for one in doses], np.int32),
            column([2_000 + i for i in range(len(doses))], np.int64),
        ),
    )
    if known_until is not None:
        series = cut(series, START + known_until)
    return series, adjudicate(series, criteria.rule)


@dataclass(frozen=True)
class Bridged(Happened):
    """A bridge, and the day on which its course began."""

    begun: int = 0


def bridges_of(given: Sequence[Another], criteria: Criteria) -> list[Bridged]:
    """The bridges among the courses: a pulse is one whose last dose is recorded and near enough."""
    section = criteria.sections.get("bridge", {})
    found = []
    for one in given:
        for name in one.agents:
            kind = kind_of(name, section)
            long = one.until is None or one.until - one.day >= section.get("pulse_days", 0)
            if kind == NO_BRIDGE or (kind != ALWAYS and long):
                continue
            alone = kind != ALWAYS or len(one.agents) == 1
            until = one.until if one.until is not None and alone else one.day
            found.append(Bridged(Happening.BRIDGE, one.day, until, HappeningReason.UNKNOWN, begun=one.day))
    return found


def courses_of(given: Sequence[Another], criteria: Criteria, off: int | None) -> Courses:
    disease = [one.disease or criteria.disease.word for one in given]
    intent = ["observation" if one.agents == ("observation",) else one.intent for one in given]
    agents = [[agent_or_other(name) for name in one.agents] for one in given]
    watched = [one == "observation" for one in intent]
    return Courses(
        column([0 for _ in given], np.int32),
        column([Disease[one] for one in disease], np.int8),
        column([START + one.day for one in given], np.int32),
        column([NO_DAY if one.until is None else START + one.until for one in given], np.int32),
        column([Intent[one.upper()] for one in intent], np.int8),
        column([StartReason[one.reason.upper()] for one in given], np.int8),
        column(
            [
                NO_DAY if watch else default(Disease[d]).attribution_days(a.name for a in several)
                for d, several, watch in zip(disease, agents, watched, strict=True)
            ],
            np.int32,
        ),
        column(
            [
                0 if watch else sum(1 << Disease[d] for d in {d for a in several for d in a.acts_on})
                for several, watch in zip(agents, watched, strict=True)
            ],
            np.int8,
        ),
        column([any(a.is_steroid for a in several) for several in agents], np.int8),
        column([any(a.name == "splenectomy" for a in several) for several in agents], np.int8),
        column([NO_DAY if off is None else START + off, *(NO_DAY for _ in given[1:])], np.int32),
        column([one.episode for one in given], np.int32),
        column([StopReason[one.stop_reason.upper()] for one in given], np.int8),
        column(
            [
                default(Disease[d]).failing_from_days(["observation"] if watch else [a.name for a in several])
                for d, several, watch in zip(disease, agents, watched, strict=True)
            ],
            np.int32,
        ),
        column(
            [
                not watch and default(Disease[d]).is_unlimited(a.name for a in several)
                for d, several, watch in zip(disease, agents, watched, strict=True)
            ],
            np.int8,
        ),
        column([_bridge_until(one, criteria) for one in given], np.int32),
        column([3_000 + i for i in range(len(given))], np.int64),
    )


def _bridge_until(one: Another, criteria: Criteria) -> int:
    found = bridges_of([one], criteria)
    return START + max(each.until for each in found) if len(found) == len(one.agents) else NO_DAY


def _side(value: Value) -> int:
    """-1 for a value below its limit, 1 for one above it."""
    return {"<": -1, ">": 1}.get(str(value)[0], 0)


def exact(value: Value) -> int:
    """A value as printed in exact micro units, without its comparator."""
    return int(Decimal(str(value).lstrip("<>")) * MICRO)


def column(values: Sequence[int], kind: type[np.generic]) -> np.ndarray:
    return np.array(values, kind)


def call_of(series: Series, found: Judged, course: int = 0) -> Call:
    """The engine's answer on a course of the series, by its row."""
    calls = found.calls
    k = calls.course.tolist().index(course)
    happening_rows = series.happenings.row.tolist()

    def day(number: Any) -> int | None:
        return None if number == NO_DAY else int(number) - START

    def value(micro_units: Any) -> Decimal | None:
        return None if micro_units == MISSING else Decimal(int(micro_units)) / MICRO

    def known(answer: Any) -> bool | None:
        return {1: True, 0: False, -1: None}[int(answer)]

    def words(text: str) -> frozenset[str]:
        return frozenset(text.split(";")) - {""}

    cited = slice(int(calls.evidence_first[k]), int(calls.evidence_first[k + 1]))
    evidence = [
        (STEP[step], int(on) - START)
        for step, on in zip(found.evidence.step[cited], found.evidence.day[cited], strict=True)
    ]
    there = {0, *happening_rows, *series.observations.row.tolist()}
    there |= {*series.courses.row.tolist(), *series.dose_steps.row.tolist()}
    assert there.issuperset(found.evidence.row[cited].tolist())
    return Call(
        LEVEL[calls.level[k]],
        REASON[calls.reason[k]],
        value(calls.baseline[k]),
        day(calls.onset_on[k]),
        day(calls.cr_onset_on[k]),
        day(calls.relapsed_on[k]),
        day(calls.lost_cr_on[k]),
        None if calls.duration_status[k] == DurationStatus.NONE else int(calls.duration_days[k]),
        STATUS[calls.duration_status[k]],
        CENSORED_BY[calls.censored_by[k]],
        words(flag_words(int(calls.flags[k]))),
        words(reading_words(int(calls.readings[k]))),
        known(calls.er_7d[k]),
        known(calls.ir_1m[k]),
        known(calls.dr_6m[k]),
        known(calls.rem_12m[k]),
        int(calls.in_response_days[k]),
        int(calls.observed_days[k]),
        known(calls.srot30[k]),
        known(calls.srot50[k]),
        int(calls.days_off[k]),
        tuple(evidence),
        int(calls.fingerprint[k]),
        day(calls.held_until[k]),
        day(calls.lost_on[k]),
    )
