"""The reference: one course of one patient, judged slowly and literally, as the papers say it.

It is kept only as an oracle. It shares nothing with the engine (no code, no table, no criteria file) and is
written in another manner: real dates, exact decimals, sets and comprehensions over all pairs of assessments,
where the engine is one compiled walk over sorted integers. Random courses must agree in every column,
evidence included; where they do not, one of the two has misread the rule.

Sources of the numbers, named beside each:
  [IWG]    Rodeghiero 2009, Blood 113:2386, Tables 2 and 3
  [SEED]   the AIHA response definition used at the Hammersmith: Hb >120 without hemolysis, or a rise >20 g/L
  [JAEGER] Jaeger 2020, Blood Rev 41:100648
  [ROMI]   romiplostim label trials: nothing counts within 8 weeks of a rescue
  [ASH]    Neunert 2019, Blood Adv 3:3829
  [OURS]   a declared default: the literature is silent
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

# ---------------------------------------------------------------------------------------------------------
# The published numbers
# ---------------------------------------------------------------------------------------------------------

COMPLETE_PLATELETS = Decimal(100)  # [IWG] CR: at least 100 x10^9/L
RESPONSE_PLATELETS = Decimal(30)  # [IWG] R: at least 30 x10^9/L ...
RESPONSE_FOLD = 2  # [IWG] ... and at least twice the baseline
COMPLETE_HEMOGLOBIN = Decimal(120)  # [SEED] CR: above 120 g/L, strictly
PARTIAL_RISE = Decimal(20)  # [SEED] PR: a rise above 20 g/L, strictly
RELAPSE_HEMOGLOBIN = Decimal(100)  # [OURS] DEF-AIHA-06: below 100 g/L ...
RELAPSE_FALL = Decimal(20)  # [OURS] DEF-AIHA-06: ... with a fall of at least 20 g/L from the peak
THROMBOCYTOSIS = Decimal(450)  # [OURS] above the usual upper limit of platelets

DAYS_TO_CONFIRM_RESPONSE = 7  # [IWG] two occasions at least 7 days apart; [OURS] DEF-AIHA-01 the same for Hb
DAYS_TO_CONFIRM_FAILURE = 1  # [IWG] two occasions 1 day apart, for no response and for loss
BASELINE_LOOK_BACK = 14  # [OURS] DEF-ITP-01, DEF-AIHA-04
TRANSFUSION_WASH_OUT = 7  # [JAEGER] red cells; [OURS] DEF-ITP-06 platelets
RESCUE_WASH_OUT = 56  # [ROMI] 8 weeks
MARKER_REACH = 14  # [OURS] DEF-AIHA-02: nearest marker within 14 days of the hemoglobin
DEPENDENCE_DOSE = Decimal(5)  # [ASH] more than 5 mg of prednisolone a day ...
DEPENDENCE_DAYS = 60  # [IWG] ... for at least 2 months; [OURS] DEF-ITP-12 as 60 days
MICRO_UNIT = Decimal("0.000001")  # `<5` is judged as the largest value below 5

LANDMARKS = {  # [ASH] name: (day, half width of the visit window [OURS] DEF-ITP-20)
    "er_7d": (7, 2),
    "ir_1m": (30, 7),
    "dr_6m": (182, 28),
    "rem_12m": (365, 42),
}
REMISSION_PLATELETS = Decimal(100)  # [ASH] remission: above 100 x10^9/L at 12 months, strictly

STEROIDS = {"prednisolone", "prednisone", "methylprednisolone", "dexamethasone", "hydrocortisone"}

# Days after the start within which a response can still be this course's doing.
ATTRIBUTION_DAYS = {
    "ITP": {  # [IWG] Table 3, end of the peak response; analogues for newer agents [OURS] DEF-ITP-04
        "prednisolone": 28,
        "prednisone": 28,
        "methylprednisolone": 28,
        "dexamethasone": 28,
        "hydrocortisone": 28,
        "ivig": 7,
        "anti_d": 7,
        "rituximab": 180,
        "eltrombopag": 90,
        "romiplostim": 60,
        "avatrombopag": 90,
        "hetrombopag": 90,
        "splenectomy": 56,
        "azathioprine": 180,
        "danazol": 180,
        "vincristine": 42,
        "vinblastine": 42,
        "mycophenolate": 180,
        "ciclosporin": 90,
        "fostamatinib": 84,
        "rilzabrutinib": 84,
        "efgartigimod": 84,
        "dapsone": 180,
        "cyclophosphamide": 90,
    },
    "AIHA": {  # [OURS] DEF-AIHA-05
        "prednisolone": 42,
        "prednisone": 42,
        "methylprednisolone": 42,
        "dexamethasone": 42,
        "hydrocortisone": 42,
        "ivig": 21,
        "rituximab": 180,
        "azathioprine": 180,
        "mycophenolate": 180,
        "ciclosporin": 180,
        "cyclophosphamide": 90,
        "splenectomy": 56,
        "sutimlimab": 84,
        "danazol": 180,
    },
}

# Agents that act on one lineage only; every other agent acts on both.
ACTS_ON_PLATELETS_ONLY = {
    "anti_d",
    "eltrombopag",
    "romiplostim",
    "avatrombopag",
    "hetrombopag",
    "fostamatinib",
    "rilzabrutinib",
    "efgartigimod",
}
ACTS_ON_RED_CELLS_ONLY = {"sutimlimab"}

# What the reason for starting the next course says about the course before it. [OURS] DEF-ITP-08
STARTED_FOR_LOSS = {"relapse", "inefficacy"}
STARTED_FOR_REASONS_UNTOLD = {"", "retreatment", "intensification"}

MARKERS = ("haptoglobin", "ldh", "bilirubin", "reticulocytes")
WORST_FIRST = ("abnormal", "explained", "normal")


# ---------------------------------------------------------------------------------------------------------
# The patient, in plain words
# ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Observation:
    """A platelet count (10*9/L) or hemoglobin (g/L) with a value, or a marker of hemolysis with a state."""

    row: int
    day: date
    analyte: str
    value: Decimal | None = None
    comparator: str = ""  # '', '<' or '>'
    state: str = ""  # markers: normal, abnormal, explained


@dataclass(slots=True)
class Bleed:
    row: int
    day: date
    ended_on: date | None = None
    grade: int = 1
    itp_related: str = "yes"  # yes, no, unknown or empty


@dataclass(slots=True)
class Transfusion:
    row: int
    day: date
    product: str = "red_cells"  # red_cells, platelets
    reason: str = ""  # cytopenia, surgery, other, unknown or empty


@dataclass(slots=True)
class Rescue:
    row: int
    day: date
    agent: str = "ivig"  # ivig, anti_d, steroid_pulse, vinca, platelets, other
    reason: str = ""  # low_count, bleed, procedure, unknown or empty


@dataclass(slots=True)
class OtherCause:
    row: int
    day: date
    ended_on: date | None = None
    disease: str = "AIHA"


@dataclass(slots=True)
class DoseStep:
    """A steroid dose held from one day to another, in mg of prednisolone a day (None: not known)."""

    agent: str
    started_on: date
    stopped_on: date | None
    mg_per_day: Decimal | None


@dataclass(slots=True)
class Course:
    row: int
    disease: str
    started_on: date
    stopped_on: date | None = None
    intent: str = "induction"  # induction, maintenance, observation
    start_reason: str = ""
    agents: tuple[str, ...] = ()
    dose_steps: tuple[DoseStep, ...] = ()
    episode: int = 0


@dataclass(slots=True)
class Patient:
    courses: list[Course] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    bleeds: list[Bleed] = field(default_factory=list)
    transfusions: list[Transfusion] = field(default_factory=list)
    rescues: list[Rescue] = field(default_factory=list)
    other_causes: list[OtherCause] = field(default_factory=list)
    died_on: date | None = None


Happening = Bleed | Transfusion | Rescue


class Evidence(NamedTuple):
    """One row that decided the call. A happening has its own start day, no value, no threshold."""

    step: str
    source: str  # observation, bleed, transfusion, rescue
    row: int
    day: date
    predicate: str
    threshold: Decimal | None
    value: Decimal | None
    held: bool


@dataclass(slots=True)
class Verdict:
    best_response: str  # CR, R, PR, NR, NE
    reason: str | None = None
    baseline: Decimal | None = None
    onset_on: date | None = None
    cr_onset_on: date | None = None
    relapsed_on: date | None = None
    lost_cr_on: date | None = None
    duration_of_response_days: int | None = None
    duration_status: str = "none"  # event, censored, death, none
    censored_by: str | None = None
    flags: frozenset[str] = frozenset()
    defaults_applied: tuple[str, ...] = ()
    er_7d: bool | None = None
    ir_1m: bool | None = None
    dr_6m: bool | None = None
    rem_12m: bool | None = None
    in_response_days: int = 0
    observed_days: int = 0
    evidence: tuple[Evidence, ...] = ()


# ---------------------------------------------------------------------------------------------------------
# Three-valued logic: True, False, None for unknown
# ---------------------------------------------------------------------------------------------------------


def both(a: bool | None, b: bool | None) -> bool | None:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def either(a: bool | None, b: bool | None) -> bool | None:
    if a is True or b is True:
        return True
    return None if a is None or b is None else False


LABEL = {True: "PASS", False: "FAIL", None: "UNKNOWN"}


# ---------------------------------------------------------------------------------------------------------
# What is known: data cut, agents, day values
# ---------------------------------------------------------------------------------------------------------


def known_on(patient: Patient, data_cut: date) -> Patient:
    """The patient as known on the evening of the data cut: what began later is not there."""
    return Patient(
        courses=[
            replace(c, dose_steps=tuple(s for s in c.dose_steps if s.started_on <= data_cut))
            for c in patient.courses
            if c.started_on <= data_cut
        ],
        observations=[o for o in patient.observations if o.day <= data_cut],
        bleeds=[b for b in patient.bleeds if b.day <= data_cut],
        transfusions=[t for t in patient.transfusions if t.day <= data_cut],
        rescues=[r for r in patient.rescues if r.day <= data_cut],
        other_causes=[c for c in patient.other_causes if c.day <= data_cut],
        died_on=patient.died_on if patient.died_on is not None and patient.died_on <= data_cut else None,
    )


def attribution_limit(course: Course) -> int | None:
    """Longest limit of the agents that have one, in days from the start; None: no limit."""
    if course.intent == "observation":
        return None
    limits = ATTRIBUTION_DAYS[course.disease]
    return max((limits[agent] for agent in course.agents if agent in limits), default=None)


def acts_on(course: Course, disease: str) -> bool:
    """Whether any agent of the course treats the lineage of `disease`. Watching treats nothing."""
    if course.intent == "observation":
        return False
    spared = ACTS_ON_RED_CELLS_ONLY if disease == "ITP" else ACTS_ON_PLATELETS_ONLY
    return any(agent not in spared for agent in course.agents)


def has_steroid(course: Course) -> bool:
    return any(agent in STEROIDS for agent in course.agents)


def judged_value(observation: Observation) -> Decimal:
    assert observation.value is not None
    if observation.comparator == "<":
        return observation.value - MICRO_UNIT
    if observation.comparator == ">":
        return observation.value + MICRO_UNIT
    return observation.value


class Count(NamedTuple):
    """The value that stands for a day: the lowest of that day; of equal ones the row logged first."""

    value: Decimal
    row: int
    day: date


def day_values(observations: Iterable[Observation], analyte: str) -> dict[date, Count]:
    lowest: dict[date, Count] = {}
    for observation in observations:
        if observation.analyte == analyte:
            count = Count(judged_value(observation), observation.row, observation.day)
            lowest[count.day] = min(lowest.get(count.day, count), count)
    return lowest


def days_between(earlier: date, later: date) -> int:
    return (later - earlier).days


def last_day(happening: Bleed | OtherCause) -> date:
    return happening.ended_on or happening.day


# ---------------------------------------------------------------------------------------------------------
# Hemolysis near a day
# ---------------------------------------------------------------------------------------------------------


def nearest_markers(observations: Iterable[Observation], day: date) -> dict[str, list[Observation]]:
    """For each marker its results at the smallest distance from the day, if within reach."""
    nearest: dict[str, list[Observation]] = {}
    distance: dict[str, int] = {}
    for result in observations:
        away = abs((result.day - day).days)
        if away <= MARKER_REACH:
            closest = distance.get(result.analyte)
            if closest is None or away < closest:
                distance[result.analyte] = away
                nearest[result.analyte] = [result]
            elif away == closest:
                nearest[result.analyte].append(result)
    return nearest


def marker_state(results: Sequence[Observation]) -> str:
    states = {result.state for result in results}
    return next(state for state in WORST_FIRST if state in states)


def hemolysis(nearest: dict[str, list[Observation]]) -> str:
    states = {marker: marker_state(results) for marker, results in nearest.items()}
    if "abnormal" in states.values():
        return "present"
    normal = {marker for marker, state in states.items() if state == "normal"}
    return "absent" if len(normal) >= 2 and normal & {"haptoglobin", "ldh"} else "unknown"


# ---------------------------------------------------------------------------------------------------------
# The window and its assessments
# ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Assessment:
    """A day on which the course can be judged: it has a count, or something happened."""

    day: date
    count: Count | None
    fail_events: list[Happening]
    unknown_events: list[Happening]
    bleeds: list[Bleed]  # active on the day
    wash_outs: list[Happening]
    hemolysis: str
    response: str  # label at the level of R or PR, or better
    complete: str  # label at the level of CR

    @property
    def value(self) -> Decimal | None:
        return None if self.count is None else self.count.value

    def label(self, lens: str) -> str:
        return self.complete if lens == "complete" else self.response


@dataclass(slots=True)
class Window:
    """Days after the start, up to and including the day on which something closes it."""

    start: date
    end: date
    closed_by: str | None  # next_course, other_lineage_course
    next_reasons: frozenset[str]

    def holds(self, day: date) -> bool:
        return self.start < day <= self.end

    @property
    def next_for_inefficacy(self) -> bool:
        return self.closed_by == "next_course" and "inefficacy" in self.next_reasons

    @property
    def next_course_means(self) -> str | None:
        if self.closed_by != "next_course":
            return None
        if self.next_reasons & STARTED_FOR_LOSS:
            return "loss"
        return "untold" if self.next_reasons & STARTED_FOR_REASONS_UNTOLD else "no_loss"


def is_note(patient: Patient, course: Course) -> bool:
    """Watch and wait after an active course of the disease is a note: it ends nothing. [DEF-LINE-08]"""
    active = [c for c in patient.courses if c.disease == course.disease and c.intent != "observation"]
    return course.intent == "observation" and any(c.started_on < course.started_on for c in active)


def window_of(patient: Patient, course: Course) -> Window:
    later = [c for c in patient.courses if c.started_on > course.started_on]
    same = [c for c in later if c.disease == course.disease and not is_note(patient, c)]
    others = [c for c in later if c.disease != course.disease and acts_on(c, course.disease)]
    next_on = min((c.started_on for c in same), default=date.max)
    other_on = min((c.started_on for c in others), default=date.max)
    if next_on == other_on == date.max:
        return Window(course.started_on, date.max, None, frozenset())
    if next_on <= other_on:
        reasons = frozenset(c.start_reason for c in same if c.started_on == next_on)
        return Window(course.started_on, next_on, "next_course", reasons)
    return Window(course.started_on, other_on, "other_lineage_course", frozenset())


class Case:
    """One course with everything of the patient that bears on it."""

    def __init__(self, patient: Patient, course: Course) -> None:
        self.patient = patient
        self.course = course
        self.itp = course.disease == "ITP"
        self.window = window_of(patient, course)
        self.counts = day_values(patient.observations, "platelets" if self.itp else "hemoglobin")
        self.markers = [] if self.itp else [o for o in patient.observations if o.analyte in MARKERS]
        self.transfused_on = self._transfusion_days()
        self.reaching = self._reaching()
        self.baseline_at = self._baseline_at()
        self.baseline, self.baseline_passed_over = self._baseline()
        self.bleeds = (
            [b for b in patient.bleeds if b.grade >= 1 and b.itp_related != "no"] if self.itp else []
        )
        self.assessments = self._assessments()

    def _transfusion_days(self) -> set[date]:
        """Days on which the product of this lineage was given, for whatever reason."""
        product = "platelets" if self.itp else "red_cells"
        days = {t.day for t in self.patient.transfusions if t.product == product}
        if self.itp:
            days |= {r.day for r in self.patient.rescues if r.agent == "platelets"}
        return days

    def _baseline_at(self) -> date:
        """Baselines are sought up to the start; for splenectomy up to the first treatment. [IWG]"""
        if not (self.itp and "splenectomy" in self.course.agents):
            return self.course.started_on
        treated = [c for c in self.patient.courses if c.disease == "ITP" and c.intent != "observation"]
        return min([self.course.started_on, *(c.started_on for c in treated)])

    def _baseline(self) -> tuple[Count | None, bool]:
        """The last clean count of the 14 days before; and whether a later one was passed over."""
        days = [d for d in self.counts if 0 <= days_between(d, self.baseline_at) <= BASELINE_LOOK_BACK]
        clean = [
            d
            for d in days
            if not any(0 < days_between(t, d) <= TRANSFUSION_WASH_OUT for t in self.transfused_on)
        ]
        if not clean:
            return None, bool(days)
        return self.counts[max(clean)], max(days) > max(clean)

    def wash_outs(self, day: date) -> list[Happening]:
        """What else may have made a count of this day: rescues and transfusions whose effect reaches it."""
        return [e for e, until in self.reaching if e.day <= day <= until]

    def _reaching(self) -> list[tuple[Happening, date]]:
        product = "platelets" if self.itp else "red_cells"
        transfused: list[Happening] = [t for t in self.patient.transfusions if t.product == product]
        rescued: list[Happening] = []
        if self.itp:
            transfused += [r for r in self.patient.rescues if r.agent == "platelets"]
            rescued += [r for r in self.patient.rescues if r.agent != "platelets"]
        return [
            *((t, t.day + timedelta(days=TRANSFUSION_WASH_OUT)) for t in transfused),
            *((r, r.day + timedelta(days=RESCUE_WASH_OUT)) for r in rescued),
        ]

    def _fail_events(self) -> list[Happening]:
        if self.itp:
            asked_for = [r for r in self.patient.rescues if r.reason in ("low_count", "bleed")]
            return [*self.bleeds, *asked_for]
        return [
            t
            for t in self.patient.transfusions
            if t.product == "red_cells" and t.reason in ("cytopenia", "unknown", "")
        ]

    def _unknown_events(self) -> list[Happening]:
        return [r for r in self.patient.rescues if r.reason in ("unknown", "")] if self.itp else []

    def _assessments(self) -> list[Assessment]:
        fail_events = [e for e in self._fail_events() if self.window.holds(e.day)]
        unknown_events = [e for e in self._unknown_events() if self.window.holds(e.day)]
        days = {day for day in self.counts if self.window.holds(day)}
        days |= {e.day for e in fail_events} | {e.day for e in unknown_events}
        return [
            self._assess(
                day, [e for e in fail_events if e.day == day], [e for e in unknown_events if e.day == day]
            )
            for day in sorted(days)
        ]

    def _assess(self, day: date, failing: list[Happening], unknown: list[Happening]) -> Assessment:
        assessment = Assessment(
            day=day,
            count=self.counts.get(day),
            fail_events=failing,
            unknown_events=unknown,
            bleeds=[b for b in self.bleeds if b.day <= day <= last_day(b)],
            wash_outs=self.wash_outs(day),
            hemolysis="" if self.itp else hemolysis(nearest_markers(self.markers, day)),
            response="",
            complete="",
        )
        complete, response = (
            (None, None) if assessment.value is None else self._rules(assessment, assessment.value)
        )
        assessment.complete = self._label(assessment, complete)
        assessment.response = self._label(assessment, response)
        return assessment

    def _rules(self, assessment: Assessment, value: Decimal) -> tuple[bool | None, bool | None]:
        """Whether the count meets CR, and whether it meets CR or the level below it."""
        if self.itp:
            bleeding = bool(assessment.bleeds)
            doubled = None if self.baseline is None else value >= RESPONSE_FOLD * self.baseline.value
            complete = both(value >= COMPLETE_PLATELETS, not bleeding)
            response = both(both(value >= RESPONSE_PLATELETS, doubled), not bleeding)
        else:
            no_hemolysis = {"absent": True, "present": False, "unknown": None}[assessment.hemolysis]
            complete = both(value > COMPLETE_HEMOGLOBIN, no_hemolysis)
            response = None if self.baseline is None else value - self.baseline.value > PARTIAL_RISE
        return complete, either(complete, response)

    @staticmethod
    def _label(assessment: Assessment, met: bool | None) -> str:
        """What happened outranks the count; a wash-out hides a good count and never a bad one."""
        if assessment.fail_events:
            return "FAIL"
        if assessment.count is not None and met is False:
            return "FAIL"
        if assessment.unknown_events:
            return "UNKNOWN"
        return "IGNORED" if assessment.wash_outs else LABEL[met]

    def other_cause_on(self, day: date) -> bool:
        return any(c.disease == "AIHA" and c.day <= day <= last_day(c) for c in self.patient.other_causes)

    def excused(self, assessment: Assessment) -> bool:
        """Below CR on a day on which another cause explains it."""
        return assessment.complete == "FAIL" and self.other_cause_on(assessment.day)


# ---------------------------------------------------------------------------------------------------------
# Pairs: two occasions so many days apart, with nothing else between them
# ---------------------------------------------------------------------------------------------------------


class Pair(NamedTuple):
    first: Assessment
    confirming: Assessment


def confirmed_pairs(assessments: Sequence[Assessment], lens: str, label: str, days: int) -> list[Pair]:
    """All pairs of assessments with the label, far enough apart, uninterrupted; earliest pairs first."""
    counted = [a for a in assessments if a.label(lens) != "IGNORED"]
    interrupting = [a.label(lens) != label for a in counted]
    return [
        Pair(a, b)
        for i, a in enumerate(counted)
        if not interrupting[i]
        for j, b in enumerate(counted[i + 1 :], i + 1)
        if days_between(a.day, b.day) >= days and not any(interrupting[i : j + 1])
    ]


def failing_run(assessments: Sequence[Assessment], labels: Sequence[str], last: int) -> list[Assessment]:
    """The unbroken failing assessments that end with the one at `last`; empty if that one does not fail."""
    run: list[Assessment] = []
    for i in range(last, -1, -1):
        if labels[i] == "IGNORED":
            continue
        if labels[i] != "FAIL":
            break
        run.insert(0, assessments[i])
    return run


# ---------------------------------------------------------------------------------------------------------
# After the onset: relapse, loss of CR, end of follow-up
# ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class FollowUp:
    """What became of a response."""

    last_pass: Assessment
    relapsed_on: date | None = None
    opened_by: Assessment | None = None  # the first failing assessment of the loss
    confirmed_by: Assessment | None = None  # the assessment that made it a relapse, or ended follow-up
    unexplained_rescue: bool = False  # nobody said why, but the count before it was failing
    censored_by_rescue_on: date | None = None
    relapse_by_treatment: bool = False  # a rescue or the next course decided it, not the counts
    open_at_end: bool = False
    fell_from_peak: dict[date, Count] = field(default_factory=dict)  # failing by the fall alone: its peak


def loss_labels(case: Case, onset: Assessment) -> tuple[list[Assessment], list[str], dict[date, Count]]:
    """The assessments after the onset with the label that counts for loss (hemoglobin has its own rules)."""
    followed = [a for a in case.assessments if a.day > onset.day]
    if case.itp:
        return followed, [a.response for a in followed], {}
    kept, labels, fell = [], [], {}
    for a in followed:
        label = a.response
        if a.count is not None and not a.fail_events:
            since_onset = [
                x.count
                for x in case.assessments
                if onset.day <= x.day <= a.day and x.count is not None and not x.wash_outs
            ]
            peak = max(since_onset, key=lambda c: (c.value, -c.day.toordinal()))
            falls = a.count.value < RELAPSE_HEMOGLOBIN and peak.value - a.count.value >= RELAPSE_FALL
            if label == "FAIL" or falls:
                if a.hemolysis == "absent" or case.other_cause_on(a.day):
                    continue  # low for another reason: neither loss nor response
                if label != "FAIL":
                    fell[a.day] = peak
                label = "FAIL"
        kept.append(a)
        labels.append(label)
    return kept, labels, fell


def follow_up(case: Case, onset: Assessment) -> FollowUp:
    followed, labels, fell = loss_labels(case, onset)
    result = FollowUp(last_pass=onset, fell_from_peak=fell)
    for i, a in enumerate(followed):
        fails, treated = labels[i] == "FAIL", bool(a.unknown_events)
        failing = failing_run(followed, labels, i if fails else i - 1)
        twice = fails and days_between(failing[0].day, a.day) >= DAYS_TO_CONFIRM_FAILURE
        if (fails and (twice or a.fail_events)) or (treated and failing):
            result.relapsed_on = failing[0].day
            result.opened_by, result.confirmed_by = failing[0], a
            result.unexplained_rescue = treated and not twice and not a.fail_events
            rescued = any(isinstance(e, Rescue) for e in a.fail_events)
            result.relapse_by_treatment = rescued or result.unexplained_rescue
            return result
        if treated:  # nobody said why, and the last count that counts was responding
            result.censored_by_rescue_on, result.confirmed_by = a.day, a
            return result
        if labels[i] == "PASS":
            result.last_pass = a
    failing = failing_run(followed, labels, len(followed) - 1)
    means = case.window.next_course_means
    if means == "loss" or (means == "untold" and failing):
        result.relapsed_on = failing[0].day if failing else case.window.end
        result.opened_by = failing[0] if failing else None
        result.relapse_by_treatment = True
    result.open_at_end = bool(failing) and result.relapsed_on is None
    return result


def complete_response(case: Case, onset: Assessment, follow: FollowUp) -> Pair | None:
    """The first confirmed CR inside the response."""
    return next(
        (
            pair
            for pair in confirmed_pairs(case.assessments, "complete", "PASS", DAYS_TO_CONFIRM_RESPONSE)
            if pair.first.day >= onset.day
            and (follow.relapsed_on is None or pair.confirming.day < follow.relapsed_on)
            and (follow.censored_by_rescue_on is None or pair.confirming.day <= follow.censored_by_rescue_on)
        ),
        None,
    )


def loss_of_complete_response(case: Case, cr_onset: Assessment, follow: FollowUp) -> Pair | None:
    """The loss of CR by its own counts: two failing occasions, or one event alone (paired with itself)."""
    until = follow.censored_by_rescue_on or date.max
    followed = [
        a
        for a in case.assessments
        if cr_onset.day < a.day <= until and (case.itp or a.fail_events or not case.excused(a))
    ]
    labels = [a.complete for a in followed]
    for i, a in enumerate(followed):
        if labels[i] == "FAIL":
            failing = failing_run(followed, labels, i)
            if a.fail_events or days_between(failing[0].day, a.day) >= DAYS_TO_CONFIRM_FAILURE:
                return Pair(failing[0], a)
    return None


# ---------------------------------------------------------------------------------------------------------
# Corticosteroid dependence, landmarks
# ---------------------------------------------------------------------------------------------------------


def last_day_of(step: DoseStep, course: Course) -> date | None:
    """Inclusive: its own end, else that of the course; a new step of the same agent ends the one before.

    None: it lasts to the last assessment of the window.
    """
    ends = [end for end in (step.stopped_on or course.stopped_on,) if end is not None]
    for newer in course.dose_steps:
        if newer.agent == step.agent and newer.started_on > step.started_on:
            ends.append(newer.started_on - timedelta(days=1))
    return min(ends, default=None)


def corticosteroid_dependent(case: Case, relapsed_on: date | None) -> bool:
    """Relapse on, or re-escalation of, a steroid that is still needed two months after the start."""
    course = case.course
    if not (case.itp and has_steroid(course)):
        return False
    held = [
        (step.started_on, last_day_of(step, course), step.mg_per_day)
        for step in course.dose_steps
        if step.mg_per_day is not None
    ]
    last_seen = max((a.day for a in case.assessments), default=course.started_on)
    two_months = course.started_on + timedelta(days=DEPENDENCE_DAYS)
    on_steroid_at_relapse = relapsed_on is not None and any(
        last is None or relapsed_on <= last for _, last, _ in held
    )
    re_escalated = any(
        high_on < low_on < again_on and low < high and low < again
        for high_on, _, high in held
        for low_on, _, low in held
        for again_on, _, again in held
    )
    above_until = max(
        (last or last_seen for _, last, dose in held if dose > DEPENDENCE_DOSE), default=date.min
    )
    later = sorted(
        c.started_on
        for c in case.patient.courses
        if c.disease == course.disease and c.started_on > course.started_on and has_steroid(c)
    )
    still_needed = above_until >= two_months or (len(later) >= 2 and later[1] >= two_months)
    return (on_steroid_at_relapse or re_escalated) and still_needed


def landmark(case: Case, name: str) -> bool | None:
    """The response at a fixed time by the nearest count alone; None where nobody can know."""
    if not case.itp:
        return None
    after, half_width = LANDMARKS[name]
    target = case.course.started_on + timedelta(days=after)
    near = [
        count
        for day, count in case.counts.items()
        if case.window.holds(day) and abs(days_between(target, day)) <= half_width
    ]
    if not near:
        return None
    value = min(near, key=lambda c: (abs(days_between(target, c.day)), c.day)).value
    if name == "rem_12m":
        return value > REMISSION_PLATELETS
    doubled = None if case.baseline is None else value >= RESPONSE_FOLD * case.baseline.value
    return both(value >= RESPONSE_PLATELETS, doubled)


# ---------------------------------------------------------------------------------------------------------
# Evidence
# ---------------------------------------------------------------------------------------------------------

HAPPENING_SOURCE = {Bleed: "bleed", Transfusion: "transfusion", Rescue: "rescue"}
HAPPENING_PREDICATE = {Bleed: "no_bleeding", Transfusion: "transfusion_free", Rescue: "rescue"}


def risen(case: Case, value: Decimal) -> bool:
    return case.baseline is not None and value - case.baseline.value > PARTIAL_RISE


def demanded(case: Case, assessment: Assessment, value: Decimal, lens: str) -> tuple[str, Decimal]:
    """The predicate and the value that the lens asks of a count."""
    if lens == "fall":
        return "fall_from_peak", RELAPSE_HEMOGLOBIN
    if case.itp:
        if lens == "complete" or case.baseline is None:
            return "at_least", COMPLETE_PLATELETS
        lowest = max(RESPONSE_PLATELETS, RESPONSE_FOLD * case.baseline.value)
        lowest = min(lowest, COMPLETE_PLATELETS)  # CR asks for no doubling
        return (
            "at_least" if lowest in (RESPONSE_PLATELETS, COMPLETE_PLATELETS) else "fold_of_baseline"
        ), lowest
    if lens == "complete" or case.baseline is None:
        return "above", COMPLETE_HEMOGLOBIN
    if assessment.response == "PASS" and not risen(case, value):
        return "above", COMPLETE_HEMOGLOBIN  # CR asks for no rise
    return "rise_above", case.baseline.value + PARTIAL_RISE


def cite_happening(step: str, happened: Sequence[Happening]) -> Evidence:
    """Of what happened that day the row logged first."""
    e = min(happened, key=lambda x: x.row)
    return Evidence(
        step, HAPPENING_SOURCE[type(e)], e.row, e.day, HAPPENING_PREDICATE[type(e)], None, None, False
    )


def cite(case: Case, step: str, assessment: Assessment, lens: str = "response") -> list[Evidence]:
    """The count of the assessment, the markers it rests on, and what happened that day if that decided."""
    rows = []
    if assessment.count is not None:
        value, row, day = assessment.count
        predicate, threshold = demanded(case, assessment, value, lens)
        strict = predicate in ("above", "rise_above")
        held = value > threshold if strict else value >= threshold
        rows.append(Evidence(step, "observation", row, day, predicate, threshold, value, held))
        if not case.itp and lens == "response" and value > COMPLETE_HEMOGLOBIN and not risen(case, value):
            rows += telling_markers(case, assessment)
    happened: Sequence[Happening] = assessment.fail_events or assessment.bleeds
    if assessment.response == "UNKNOWN":
        happened = assessment.unknown_events
    if not happened and assessment.response == "IGNORED" and step == "refutes_better":
        happened = assessment.wash_outs
    if happened:
        rows.append(cite_happening(step, happened))
    return rows


def cite_marker(result: Observation) -> Evidence:
    normal = result.state == "normal"
    return Evidence("hemolysis", "observation", result.row, result.day, "no_hemolysis", None, None, normal)


def telling_markers(case: Case, assessment: Assessment) -> list[Evidence]:
    """The abnormal result logged first, if there is hemolysis; else of each marker the result that spoke."""
    nearest = nearest_markers(case.markers, assessment.day)
    spoke = {
        marker: min((o for o in results if o.state == marker_state(results)), key=lambda o: o.row)
        for marker, results in nearest.items()
    }
    if assessment.hemolysis == "present":
        return [cite_marker(min((o for o in spoke.values() if o.state == "abnormal"), key=lambda o: o.row))]
    return [cite_marker(spoke[m]) for m in MARKERS if m in spoke]


def highest(assessments: Iterable[Assessment]) -> Assessment | None:
    return max(assessments, key=lambda a: (a.value, -a.day.toordinal()), default=None)


def refutes_complete(case: Case, spans: Sequence[tuple[date, date]]) -> list[Evidence]:
    """The best count of each span of days that is not CR: why the response is not complete."""
    rows: list[Evidence] = []
    cited: list[Assessment] = []
    for first, last in spans:
        best = highest(
            a
            for a in case.assessments
            if first <= a.day <= last and a.count is not None and a.complete not in ("PASS", "IGNORED")
        )
        if best is not None and best not in cited:
            cited.append(best)
            rows += cite(case, "refutes_better", best, "complete")
            rows += [] if case.itp else telling_markers(case, best)
    return rows


def refutes_response(case: Case, verdict: Verdict) -> list[Evidence]:
    """The best count of the whole window: even that one made no response.

    Where nothing could be evaluated it is the best count that does not fail; where the next course began
    for inefficacy the last assessment, which keeps that course from being a failure; and where steroids
    held the response it is the last assessment too: until then they were seen to be needed.
    """
    if verdict.reason == "late_response":
        return []
    counted = [a for a in case.assessments if a.response != "IGNORED"]
    quiet = [a for a in counted if a.count is not None and not a.fail_events and not a.unknown_events]
    best = highest(quiet)
    if verdict.best_response == "NE":
        best = highest(a for a in quiet if a.response != "FAIL") or best
        if case.window.next_for_inefficacy and counted:
            best = counted[-1]
    if verdict.reason == "corticosteroid_dependent":
        best = case.assessments[-1]
    if best is None:
        return []
    rows = cite(case, "refutes_better", best)
    if (
        verdict.best_response == "NE"
        and best.response == "FAIL"
        and any(b.day < best.day for b in best.bleeds)
    ):
        # The bleed failed before the count did: what kept the two from confirming one another?
        between = [a for a in counted if a.response == "UNKNOWN" and a.day < best.day]
        rows += cite(case, "refutes_better", between[-1]) if between else []
    return rows


def cited_once(evidence: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """A marker that speaks for two counts is cited for the first."""
    rows: list[Evidence] = []
    for e in evidence:
        if e.step == "hemolysis" and any(x.step == "hemolysis" and x.row == e.row for x in rows):
            continue
        rows.append(e)
    return tuple(rows)


# ---------------------------------------------------------------------------------------------------------
# The judgement
# ---------------------------------------------------------------------------------------------------------

ORDER_OF_DEFAULTS = (
    "DEF-ITP-01",
    "DEF-AIHA-04",
    "DEF-ITP-02",
    "DEF-AIHA-01",
    "DEF-ITP-04",
    "DEF-AIHA-05",
    "DEF-ITP-05",
    "DEF-ITP-06",
    "DEF-AIHA-03",
    "DEF-ITP-07",
    "DEF-ITP-08",
    "DEF-ITP-09",
    "DEF-ITP-11",
    "DEF-ITP-12",
    "DEF-ITP-15",
    "DEF-ITP-16",
    "DEF-ITP-17",
    "DEF-AIHA-02",
    "DEF-AIHA-06",
    "DEF-AIHA-07",
    "DEF-EV-02",
    "DEF-LINE-02",
    "DEF-LINE-03",
)


def baseline_evidence(case: Case) -> list[Evidence]:
    if case.baseline is None:
        return []
    value, row, day = case.baseline
    return [Evidence("baseline", "observation", row, day, "baseline", None, value, True)]


def baseline_defaults(case: Case) -> dict[str, bool]:
    earlier = case.baseline is not None and case.baseline.day < case.baseline_at
    doubted = earlier or case.baseline_passed_over
    return {
        "DEF-ITP-01": case.itp and doubted,
        "DEF-AIHA-04": not case.itp and doubted,
        "DEF-ITP-17": case.itp and case.baseline is None,
    }


def in_order(applied: dict[str, bool]) -> tuple[str, ...]:
    return tuple(name for name in ORDER_OF_DEFAULTS if applied.get(name))


def judge_maintenance(case: Case) -> Verdict:
    """Started while still in response: nothing to respond to. DEF-LINE-02"""
    return Verdict(
        best_response="NE",
        reason="maintenance_course",
        baseline=case.baseline.value if case.baseline else None,
        flags=frozenset() if case.baseline else frozenset({"baseline_missing"}),
        defaults_applied=in_order({**baseline_defaults(case), "DEF-LINE-02": True}),
        evidence=tuple(baseline_evidence(case)),
    )


def no_response(case: Case, late: bool) -> tuple[str, str, list[Evidence]]:
    """Best response, reason and the failing counts of a course without an attributable response."""
    counted = [a for a in case.assessments if a.response != "IGNORED"]
    unknown = [a for a in counted if a.response == "UNKNOWN" and a.count is not None]
    confounded = "rescue_confounded" if case.itp else "transfusion_confounded"
    failed = confirmed_pairs(case.assessments, "response", "FAIL", DAYS_TO_CONFIRM_FAILURE)
    if late:
        return "NR", "late_response", []
    if failed:
        pair = failed[0]
        rows = cite(case, "failing", pair.first) + cite(case, "failing_confirming", pair.confirming)
        return "NR", "failing_confirmed", rows
    if case.window.next_for_inefficacy and counted and counted[-1].response == "FAIL":
        return "NR", "next_course_for_inefficacy", cite(case, "failing", counted[-1])
    if not case.assessments:
        return "NE", "no_counts", []
    if not counted:
        return "NE", confounded, []
    if unknown and case.baseline is None:
        return "NE", "baseline_missing", []
    if unknown:
        return "NE", "rescue_confounded" if case.itp else "hemolysis_unknown", []
    return "NE", "unconfirmed", []


def lost_evidence(case: Case, follow: FollowUp) -> list[Evidence]:
    opened, confirmed = follow.opened_by, follow.confirmed_by
    if opened is None:
        return []

    def lens(a: Assessment) -> str:
        return "fall" if a.day in follow.fell_from_peak else "response"

    rows = []
    if opened.day in follow.fell_from_peak:
        peak_on = follow.fell_from_peak[opened.day].day
        rows += cite(case, "peak", next(a for a in case.assessments if a.day == peak_on))
    rows += cite(case, "lost", opened, lens(opened))
    if confirmed is not None and follow.unexplained_rescue:
        rows.append(cite_happening("lost_confirming", confirmed.unknown_events))
    elif confirmed is not None and confirmed.day != opened.day:
        rows += cite(case, "lost_confirming", confirmed, lens(confirmed))
    return rows


def judge(patient: Patient, course: Course, data_cut: date | None = None) -> Verdict:
    """Judge one course of a patient, as known on the data cut (None: everything is known)."""
    if data_cut is not None:
        patient = known_on(patient, data_cut)
        course = next(c for c in patient.courses if c.row == course.row)
    case = Case(patient, course)
    if course.intent == "maintenance":
        return judge_maintenance(case)

    limit = attribution_limit(course)
    responses = confirmed_pairs(case.assessments, "response", "PASS", DAYS_TO_CONFIRM_RESPONSE)
    in_time = [p for p in responses if limit is None or days_between(course.started_on, p.first.day) <= limit]
    response = in_time[0] if in_time else None
    late = responses[0] if responses and not in_time else None

    verdict = Verdict(best_response="NE", baseline=case.baseline.value if case.baseline else None)
    found: dict[str, list[Evidence]] = {}
    flags: set[str] = set()
    applied = baseline_defaults(case)
    follow: FollowUp | None = None

    if response is not None:
        follow = follow_up(case, response.first)
        dependent = corticosteroid_dependent(case, follow.relapsed_on)
        found["response"] = cite(case, "onset", response.first)
        found["response"] += cite(case, "confirming", response.confirming)
        found["lost"] = lost_evidence(case, follow)
        if follow.open_at_end:
            flags.add("unconfirmed_loss")
        if dependent:
            flags.add("corticosteroid_dependent")
            verdict.best_response, verdict.reason = "NR", "corticosteroid_dependent"
        else:
            _describe_response(case, response, follow, verdict, found)
    else:
        reason = no_response(case, late is not None)
        verdict.best_response, verdict.reason, found["failing"] = reason
        if late is not None:
            found["response"] = cite(case, "late_onset", late.first)
            found["response"] += cite(case, "late_confirming", late.confirming)
    if verdict.best_response in ("NR", "NE"):
        found["refutes"] = refutes_response(case, verdict)

    counted = [a for a in case.assessments if a.response != "IGNORED"]
    if counted:
        verdict.observed_days = days_between(course.started_on, counted[-1].day)
    verdict.in_response_days = sum(
        days_between(a.day, b.day) for a, b in itertools.pairwise(counted) if a.response == "PASS"
    )
    verdict.er_7d = landmark(case, "er_7d")
    verdict.ir_1m = landmark(case, "ir_1m")
    verdict.dr_6m = landmark(case, "dr_6m")
    verdict.rem_12m = landmark(case, "rem_12m")

    verdict.flags = frozenset(flags | _flags(case, verdict, follow))
    applied |= _defaults(case, verdict, follow, response is not None)
    verdict.defaults_applied = in_order(applied)
    steps = ("response", "complete", "hemolysis", "refutes", "failing", "lost", "cr_lost", "censoring")
    verdict.evidence = cited_once(
        [*baseline_evidence(case), *(row for step in steps for row in found.get(step, []))]
    )
    return verdict


def _describe_response(
    case: Case, response: Pair, follow: FollowUp, verdict: Verdict, found: dict[str, list[Evidence]]
) -> None:
    """CR or the level below it, its loss and its duration."""
    onset_on = response.first.day
    verdict.onset_on = onset_on
    verdict.relapsed_on = follow.relapsed_on

    complete = complete_response(case, response.first, follow)
    if complete is not None:
        verdict.best_response = "CR"
        verdict.cr_onset_on = complete.first.day
        found["complete"] = cite(case, "cr_onset", complete.first, "complete")
        found["complete"] += cite(case, "cr_confirming", complete.confirming, "complete")
        if not case.itp:
            found["hemolysis"] = [
                *telling_markers(case, complete.first),
                *telling_markers(case, complete.confirming),
            ]
        lost = loss_of_complete_response(case, complete.first, follow)
        lost_on = [lost.first.day] if lost else []
        verdict.lost_cr_on = min(
            [*lost_on, *([follow.relapsed_on] if follow.relapsed_on else [])], default=None
        )
        if lost is not None and lost.first.day == verdict.lost_cr_on != follow.relapsed_on:
            found["cr_lost"] = cite(case, "cr_lost", lost.first, "complete")
            if lost.confirming.day != lost.first.day:
                found["cr_lost"] += cite(case, "cr_lost_confirming", lost.confirming, "complete")
    else:
        verdict.best_response = "R" if case.itp else "PR"
        confirmed_on = response.confirming.day
        spans = [(onset_on, confirmed_on)]
        if follow.last_pass.day > confirmed_on:
            spans.append((confirmed_on, follow.last_pass.day))
        found["refutes"] = refutes_complete(case, spans)

    died_on = case.patient.died_on
    rescued_on = follow.censored_by_rescue_on
    if follow.relapsed_on is not None:
        verdict.duration_status = "event"
        verdict.duration_of_response_days = days_between(onset_on, follow.relapsed_on)
        if follow.opened_by is None and follow.last_pass.day > response.confirming.day:
            found["censoring"] = cite(case, "censoring", follow.last_pass)
        return
    if (
        died_on is not None
        and onset_on <= died_on <= case.window.end
        and not (rescued_on is not None and rescued_on < died_on)
    ):
        verdict.duration_status, verdict.censored_by = "death", "death"
        verdict.duration_of_response_days = days_between(onset_on, died_on)
    else:
        verdict.duration_status = "censored"
        verdict.censored_by = "rescue" if rescued_on is not None else case.window.closed_by or "last_count"
        verdict.duration_of_response_days = days_between(onset_on, follow.last_pass.day)
    found["censoring"] = []
    if follow.last_pass.day > response.confirming.day:
        found["censoring"] += cite(case, "censoring", follow.last_pass)
    if rescued_on is not None and follow.confirmed_by is not None:
        found["censoring"].append(cite_happening("censoring", follow.confirmed_by.unknown_events))


def _flags(case: Case, verdict: Verdict, follow: FollowUp | None) -> set[str]:
    best = verdict.best_response
    responded = best in ("CR", "R", "PR")
    relapsed_on = verdict.relapsed_on or date.max
    flags = {
        "spontaneous": case.course.intent == "observation" and responded,
        "thrombocytosis": case.itp
        and any(a.count is not None and a.count.value > THROMBOCYTOSIS for a in case.assessments),
        "bleeding_not_recorded": case.itp and responded and not case.patient.bleeds,
        "cr_unassessable": best == "PR"
        and any(
            verdict.onset_on is not None
            and verdict.onset_on <= a.day < relapsed_on
            and a.count is not None
            and a.count.value > COMPLETE_HEMOGLOBIN
            and not a.wash_outs
            and not a.fail_events
            and a.hemolysis == "unknown"
            for a in case.assessments
        ),
        "rescue_confounded": case.itp and any(a.response == "IGNORED" for a in case.assessments),
        "transfusion_confounded": not case.itp and any(a.response == "IGNORED" for a in case.assessments),
        "late_response": verdict.reason == "late_response",
        "unconfirmed": verdict.reason == "unconfirmed",
        "baseline_missing": case.baseline is None,
    }
    return {name for name, raised in flags.items() if raised}


def _defaults(case: Case, verdict: Verdict, follow: FollowUp | None, responded: bool) -> dict[str, bool]:
    itp, flags, late = case.itp, verdict.flags, verdict.reason == "late_response"
    relapsed_on, lost_cr_on = verdict.relapsed_on, verdict.lost_cr_on
    ignored = any(a.response == "IGNORED" for a in case.assessments)
    by_treatment = relapsed_on is not None and follow is not None and follow.relapse_by_treatment
    deepened = (
        verdict.best_response == "CR"
        and verdict.cr_onset_on is not None
        and verdict.onset_on is not None
        and verdict.cr_onset_on > verdict.onset_on
    )
    above_120 = any(a.count is not None and a.count.value > COMPLETE_HEMOGLOBIN for a in case.assessments)
    applied = {"DEF-EV-02": case.window.closed_by == "other_lineage_course"}
    applied["DEF-LINE-03"] = case.course.intent == "observation"
    if itp:
        applied |= {
            "DEF-ITP-02": responded,
            "DEF-ITP-04": late,
            "DEF-ITP-05": any(
                a.bleeds or any(isinstance(e, Bleed) for e in a.fail_events) for a in case.assessments
            ),
            "DEF-ITP-06": ignored,
            "DEF-ITP-07": lost_cr_on is not None and lost_cr_on != relapsed_on,
            "DEF-ITP-08": by_treatment or verdict.censored_by in ("rescue", "next_course"),
            "DEF-ITP-09": bool(flags & {"unconfirmed", "unconfirmed_loss"}),
            "DEF-ITP-11": verdict.duration_status in ("censored", "death"),
            "DEF-ITP-12": verdict.reason == "corticosteroid_dependent",
            "DEF-ITP-15": deepened,
            "DEF-ITP-16": case.window.closed_by == "next_course"
            and any(a.day == case.window.end for a in case.assessments),
        }
    else:
        applied |= {
            "DEF-AIHA-01": responded,
            "DEF-AIHA-05": late,
            "DEF-AIHA-03": ignored or any(a.fail_events for a in case.assessments),
            "DEF-AIHA-02": verdict.best_response == "CR" or above_120,
            "DEF-AIHA-06": relapsed_on is not None,
            "DEF-AIHA-07": "cr_unassessable" in flags,
        }
    return applied
