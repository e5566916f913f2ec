"""The reference: one course of one patient, judged slowly and literally, as the rules say it.

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

What goes in: `judge(patient, course, data_cut)`
------------------------------------------------
Optional fields have defaults; a field left at its default changes nothing.

Patient      courses, observations, bleeds, transfusions, rescues, other_causes, died_on (date or None).
Course       row (unique in the patient); disease `ITP` or `AIHA`; started_on, stopped_on; intent `induction`,
             `maintenance` or `observation`; start_reason and stop_reason (words of the bundle, '' = not recorded);
             agents (generic names; `observation` is no agent); dose_steps; episode (a number, within its disease);
             off_treatment_from: the last dose of all agents of a course whose remission off treatment is asked for,
             None where it is not asked for or something goes on.
DoseStep     agent, started_on, stopped_on (inclusive; None = no end recorded), and row for the evidence. Steps of
             every agent: those of IVIG, anti-D and vinca give the first and last dose of a bridge, those of
             corticosteroids also the length of a pulse and the dose. Dose: mg_per_day of prednisolone, or
             mg_per_kg of prednisolone a day with weight_kg; neither readable = unknown. An agent of `agents`
             without a step is given from the start of the course, with an unknown dose.
Observation  row, day, analyte. Platelets (10*9/L) and hemoglobin (g/L): value as the tube showed it in the canonical
             unit (citrate is multiplied by 1.1 here), comparator `<` or `>` or ''; platelets also specimen (`edta`,
             `citrate`, `heparin`, '' = edta) and time of day (None = not known). Only results that can be evaluated.
             Markers: either state (`normal`, `abnormal`, `explained`), or value and comparator with lower_limit
             (haptoglobin) or upper_limit (the others) in the same unit, and explained; without the limit that its
             marker needs a result is passed over.
Bleed        row, day, ended_on (None = one day), grade, scale (`WHO`, `CTCAE`, `ITP_BAT`), itp_related.
Transfusion, Rescue: row, day, product or agent, reason.
OtherCause   row, day, ended_on (None = 28 days), disease whose low values it explains.

What comes out: `Verdict`
-------------------------
best_response CR, R, PR, NR, NE; reason None for CR, R and PR, else
  NR: failing_confirmed, late_response, next_course_for_inefficacy, stopped_for_inefficacy, died_failing,
      corticosteroid_dependent
  NE: no_counts, too_early, unconfirmed, onset_not_observed, rescue_confounded, transfusion_confounded, other_cause,
      baseline_missing, hemolysis_unknown, started_in_response, observation_after_treatment
baseline, baseline_comparator: the number as it was printed (citrate x1.1), `<` or `>` where it is a limit.
held_until, lost_on: only with started_in_response; the last assessment of its window that held the response which
  was there at the start, and the day of its loss.
flags: attribution_default, baseline_missing, bleeding_not_recorded, continued_under_maintenance,
  corticosteroid_dependent, cr_unassessable, edta_discordant, late_response, long_gap, prolonged_corticosteroid,
  rescue_confounded, shared_start, spontaneous, steroid_dose_unknown, thrombocytosis, transfusion_confounded,
  unconfirmed, unconfirmed_loss.
  A note of observation carries only baseline_missing, edta_discordant and shared_start; a course that started in
  response also long_gap, thrombocytosis, rescue_confounded and transfusion_confounded.
evidence: rows in the order baseline, response (onset, confirming or late_onset, late_confirming), cr_onset,
  cr_confirming, hemolysis, refutes_better, failing, failing_confirming, peak, lost, lost_confirming, held, cr_lost,
  cr_lost_confirming, censoring, next_course, other_lineage_course, other_cause, death, stopped, dose.
  The value of a limit is its printed number; what it shows is decided by both its ends. Facts that are no count have
  predicate `recorded`, no value, held True: source `course` (next_course, other_lineage_course: the one logged first
  of that day; stopped: the judged course, dated at its stop), `other_cause`, `patient` (death, row 0). A dose has
  source `dose_step`, predicate `above`, threshold 5 and the dose in mg prednisolone a day. A bridge of another course
  that washed out a count has source `dose_step` (row 0 where the agent has no step) and the day of its first dose.
defaults_applied: see `_defaults`.
srot30, srot50, days_off: remission off treatment (`off_treatment`), of every course of ITP but a note.
observed_days, in_response_days and the outcomes at fixed times are those of the course's own window; they stay 0
  and None where the course is not judged.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
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
HELD_PLATELETS = Decimal(30)  # [OURS] DEF-LINE-07: held without a baseline: at least 30
HELD_HEMOGLOBIN = Decimal(100)  # [OURS] DEF-LINE-07: held without a baseline: above 100 g/L
THROMBOCYTOSIS = Decimal(450)  # [OURS] above the usual upper limit of platelets

DAYS_TO_CONFIRM_RESPONSE = 7  # [IWG] two occasions at least 7 days apart; [OURS] DEF-AIHA-01 the same for Hb
DAYS_TO_CONFIRM_FAILURE = 1  # [IWG] two occasions 1 day apart, for no response and for loss
BASELINE_LOOK_BACK = 14  # [OURS] DEF-ITP-01, DEF-AIHA-04
TRANSFUSION_WASH_OUT = 7  # [JAEGER] red cells; [OURS] DEF-ITP-06 platelets
RESCUE_WASH_OUT = 56  # [ROMI] 8 weeks
BRIDGE_WASH_OUT = 28  # [OURS] DEF-ITP-23
PULSE_DAYS = 5  # [OURS] DEF-ITP-23: at most 5 days, first and last counted
MARKER_REACH = 14  # [OURS] DEF-AIHA-02: nearest marker within 14 days of the hemoglobin
OTHER_CAUSE_DAYS = 28  # [OURS] another cause without a recorded end lasts until 28 days after its first day
DEPENDENCE_DOSE = Decimal(5)  # [ASH] more than 5 mg of prednisolone a day ...
DEPENDENCE_DAYS = 60  # [IWG] ... for at least 2 months; [OURS] DEF-ITP-12 as 60 days
FURTHER_COURSE_DAYS = 365  # [OURS] DEF-ITP-25: further corticosteroid courses of this time count
PROLONGED_DAYS = 180  # [OURS] DEF-ITP-25: unchanged for at least 180 days
FRESH_DAYS = 180  # [OURS] DEF-LINE-07: the last assessment before a start is at most 180 days old
DEATH_AFTER_COUNT = 180  # [OURS] DEF-ITP-29: a death at most 180 days after the last responding count
LONG_GAP_OF_PAIR = 90  # [OURS] DEF-ITP-21: a failing pair more than 90 days apart
LONG_GAP = 365  # [OURS] DEF-ITP-29: two consecutive assessments more than 365 days apart
FATAL_BLEED_DAYS = 7  # [OURS] DEF-ITP-21: died within 7 days after the last recorded day of the bleed
FATAL_GRADE = {"WHO": 4, "CTCAE": 5, "ITP_BAT": 5}  # [OURS] DEF-ITP-21
CITRATE_FACTOR = Decimal("1.1")  # [OURS] DEF-ITP-13: nine parts blood, one part citrate
DISCORDANT_FOLD = 2  # [OURS] DEF-ITP-26: a tube at least twice another
RECHECK_FOLD = 2  # [OURS] DEF-ITP-26: a result that differs more than twofold from one before it
MICRO_UNIT = Decimal("0.000001")  # the finest step in which a value is recorded

OFF_TREATMENT_DAYS = 180  # [OURS] DEF-TFR-01
OFF_TREATMENT_PLATELETS = {"srot30": Decimal(30), "srot50": Decimal(50)}  # [OURS] DEF-TFR-01

LANDMARKS = {  # [ASH] name: (day, half width of the visit window [OURS] DEF-ITP-20)
    "er_7d": (7, 2),
    "ir_1m": (30, 7),
    "dr_6m": (182, 28),
    "rem_12m": (365, 42),
}
REMISSION_PLATELETS = Decimal(100)  # [ASH] remission: above 100 x10^9/L at 12 months, strictly

STEROIDS = {"prednisolone", "prednisone", "methylprednisolone", "dexamethasone", "hydrocortisone"}
FCRN_INHIBITORS = ("efgartigimod", "nipocalimab", "rozanolixizumab", "batoclimab")

# Days after the start within which a response can still be this course's doing.
ATTRIBUTION_DAYS = {
    "ITP": {  # [IWG] Table 3, end of the peak response; analogues for newer agents [OURS] DEF-ITP-04, DEF-ITP-27
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
        "dapsone": 180,
        "cyclophosphamide": 90,
        **dict.fromkeys(FCRN_INHIBITORS, 84),
    },
    "AIHA": {  # [OURS] DEF-AIHA-05, K8
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
        "fostamatinib": 84,
        "rilzabrutinib": 84,
        "vincristine": 42,
        "vinblastine": 42,
        **dict.fromkeys(FCRN_INHIBITORS, 84),
    },
}
ATTRIBUTION_DEFAULT = 180  # [OURS] DEF-ITP-27: an agent without a published limit

# The upper end of the time to initial response: failure before it proves nothing. [IWG] Table 3, else [OURS]
# DEF-ITP-21, DEF-AIHA-08. An agent that is not here: half its attribution limit.
EARLIEST_FAILURE = {
    "ITP": {
        "prednisolone": 14,
        "prednisone": 14,
        "methylprednisolone": 14,
        "hydrocortisone": 14,
        "dexamethasone": 14,
        "ivig": 3,
        "anti_d": 3,
        "rituximab": 56,
        "splenectomy": 56,
        "azathioprine": 90,
        "mycophenolate": 90,
        "danazol": 90,
        "dapsone": 90,
        "ciclosporin": 90,
        "cyclophosphamide": 90,
        "vincristine": 14,
        "vinblastine": 14,
        "eltrombopag": 28,
        "hetrombopag": 28,
        "avatrombopag": 14,
        "romiplostim": 14,
        "rhtpo": 14,
        "fostamatinib": 56,
        "rilzabrutinib": 28,
        "efgartigimod": 28,
    },
    "AIHA": {
        "prednisolone": 21,
        "prednisone": 21,
        "methylprednisolone": 21,
        "hydrocortisone": 21,
        "dexamethasone": 21,
        "ivig": 7,
        "rituximab": 56,
        "azathioprine": 90,
        "mycophenolate": 90,
        "ciclosporin": 90,
        "cyclophosphamide": 60,
        "splenectomy": 28,
        "sutimlimab": 28,
    },
}
EARLIEST_FAILURE_OF_OBSERVATION = 90

# Agents that act on one lineage only; every other agent acts on both (fostamatinib, rilzabrutinib, sutimlimab and
# the FcRn class too: DEF-ITP-27).
ACTS_ON_PLATELETS_ONLY = {
    "anti_d",
    "eltrombopag",
    "romiplostim",
    "avatrombopag",
    "hetrombopag",
    "lusutrombopag",
    "rhtpo",
}
ACTS_ON_RED_CELLS_ONLY: set[str] = set()

# Agents that bridge: they raise platelets for days or weeks, whatever else is given. DEF-ITP-23
BRIDGES = {"ivig", "anti_d", "vincristine", "vinblastine"}
PULSES = {"dexamethasone", "methylprednisolone"}
BRIDGING_RESCUES = {"ivig", "anti_d", "steroid_pulse", "vinca"}

# What the reason for starting the next course says about the course before it. [OURS] DEF-ITP-08
STARTED_FOR_LOSS = {"relapse", "inefficacy"}
STARTED_FOR_UNKNOWN_REASON = {"", "retreatment", "intensification"}

MARKERS = ("haptoglobin", "ldh", "bilirubin", "reticulocytes")
WORST_FIRST = ("abnormal", "explained", "normal")


# ---------------------------------------------------------------------------------------------------------
# The patient, in plain words
# ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Observation:
    """A platelet count (10*9/L) or hemoglobin (g/L) with a value, or a marker of hemolysis."""

    row: int
    day: date
    analyte: str
    value: Decimal | None = None
    comparator: str = ""  # '', '<' or '>'
    state: str = ""  # markers: normal, abnormal, explained; '' = by value and limits
    specimen: str = ""  # platelets: edta, citrate, heparin; '' is read as edta
    time: time | None = None  # of the day; None: not known
    lower_limit: Decimal | None = None  # markers: those of the laboratory, in the unit of the value
    upper_limit: Decimal | None = None
    explained: bool = False  # markers: a clinician says that something else explains it


@dataclass(slots=True)
class Bleed:
    row: int
    day: date
    ended_on: date | None = None
    grade: int = 1
    itp_related: str = "yes"  # yes, no, unknown or empty
    scale: str = "WHO"  # WHO, CTCAE, ITP_BAT


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
    """An agent given from one day to another; of a corticosteroid with its dose as prednisolone a day."""

    agent: str
    started_on: date
    stopped_on: date | None = None
    mg_per_day: Decimal | None = None
    mg_per_kg: Decimal | None = None
    weight_kg: Decimal | None = None
    row: int = 0

    @property
    def dose(self) -> Decimal | None:
        """mg of prednisolone a day; None: not readable. A dose in mg/kg needs the recorded weight (DEF-ITP-25)."""
        if self.mg_per_day is None and self.mg_per_kg is not None and self.weight_kg is not None:
            return self.mg_per_kg * self.weight_kg
        return self.mg_per_day


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
    stop_reason: str = ""
    off_treatment_from: date | None = None  # last dose of everything that the course gave


@dataclass(slots=True)
class Patient:
    courses: list[Course] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)
    bleeds: list[Bleed] = field(default_factory=list)
    transfusions: list[Transfusion] = field(default_factory=list)
    rescues: list[Rescue] = field(default_factory=list)
    other_causes: list[OtherCause] = field(default_factory=list)
    died_on: date | None = None


class Bridge(NamedTuple):
    """IVIG, anti-D, vinca or a pulse that does not belong to the course: its first and last day."""

    row: int
    day: date
    last: date


Event = Bleed | Transfusion | Rescue
WashOut = Transfusion | Rescue | Bridge


class Evidence(NamedTuple):
    """One row that decided the call. What is no count has its own day, no value, no threshold."""

    step: str
    source: str  # observation, bleed, transfusion, rescue, course, dose_step, other_cause, patient
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
    baseline_comparator: str = ""
    held_until: date | None = None
    lost_on: date | None = None
    srot30: bool | None = None
    srot50: bool | None = None
    days_off: int = 0


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


def negated(a: bool | None) -> bool | None:
    return None if a is None else not a


LABEL = {True: "PASS", False: "FAIL", None: "UNKNOWN"}


class Range(NamedTuple):
    """What is known of a value: the two ends it lies between; equal ends for an exact value.

    "`<50` lies in [0, 50). The judge uses it only where both ends give the same answer." [DEF-UNIT-03]
    """

    low: Decimal
    high: Decimal
    low_open: bool = False  # the end itself is not in it
    high_open: bool = False

    def times(self, factor: int | Decimal) -> Range:
        return Range(self.low * factor, self.high * factor, self.low_open, self.high_open)

    def minus(self, other: Range) -> Range:
        return Range(
            self.low - other.high,
            self.high - other.low,
            self.low_open or other.high_open,
            self.high_open or other.low_open,
        )

    def at_least(self, limit: Decimal) -> bool | None:
        if self.low >= limit:
            return True
        return False if self.high < limit or (self.high == limit and self.high_open) else None

    def above(self, limit: Decimal) -> bool | None:
        if self.low > limit or (self.low == limit and self.low_open):
            return True
        return False if self.high <= limit else None


def range_of(value: Decimal, comparator: str) -> Range:
    if comparator == "<":
        return Range(Decimal(0), value, False, True)
    if comparator == ">":
        return Range(value, Decimal("Infinity"), True, True)
    return Range(value, value)


# ---------------------------------------------------------------------------------------------------------
# What is known: data cut, agents, day values
# ---------------------------------------------------------------------------------------------------------


def known_on(patient: Patient, data_cut: date) -> Patient:
    """The patient as known on the evening of the data cut: what began later is not there.

    Open: a stop after the data cut keeps its day (as the end of a dose step does), but its reason is not known, and
    nobody is off treatment yet.
    """

    def course_known(c: Course) -> Course:
        stopped_later = c.stopped_on is not None and c.stopped_on > data_cut
        off = c.off_treatment_from
        return replace(
            c,
            dose_steps=tuple(s for s in c.dose_steps if s.started_on <= data_cut),
            stop_reason="" if stopped_later else c.stop_reason,
            off_treatment_from=off if off is not None and off <= data_cut else None,
        )

    return Patient(
        courses=[course_known(c) for c in patient.courses if c.started_on <= data_cut],
        observations=[o for o in patient.observations if o.day <= data_cut],
        bleeds=[b for b in patient.bleeds if b.day <= data_cut],
        transfusions=[t for t in patient.transfusions if t.day <= data_cut],
        rescues=[r for r in patient.rescues if r.day <= data_cut],
        other_causes=[c for c in patient.other_causes if c.day <= data_cut],
        died_on=patient.died_on if patient.died_on is not None and patient.died_on <= data_cut else None,
    )


def is_observation(course: Course) -> bool:
    return course.intent == "observation" or set(course.agents) == {"observation"}


def treatments(course: Course) -> list[str]:
    return [agent for agent in course.agents if agent != "observation"]


def limit_of_agent(disease: str, agent: str) -> int:
    """ "An agent without a published limit gets 180 d." [DEF-ITP-27]"""
    return ATTRIBUTION_DAYS[disease].get(agent, ATTRIBUTION_DEFAULT)


def attribution_limit(course: Course) -> int | None:
    """Longest limit of the agents, in days from the start; None: watching has no limit. [DEF-ITP-04, DEF-AIHA-05]

    Open: a course without any recorded agent has the default limit, as an agent that nobody knows.
    """
    if is_observation(course):
        return None
    limits = [limit_of_agent(course.disease, agent) for agent in treatments(course)]
    return max(limits, default=ATTRIBUTION_DEFAULT)


def limit_is_default(course: Course) -> bool:
    """Open: any agent without a published limit raises the flag, also where another agent has a longer one."""
    known = ATTRIBUTION_DAYS[course.disease]
    return not is_observation(course) and (
        not treatments(course) or any(agent not in known for agent in treatments(course))
    )


def earliest_failure(course: Course) -> int:
    """ "Each agent has an earliest day of failure ... A combination has the longest of its agents." [DEF-ITP-21]"""
    if is_observation(course):
        return EARLIEST_FAILURE_OF_OBSERVATION
    table = EARLIEST_FAILURE[course.disease]
    days = [
        table.get(agent, limit_of_agent(course.disease, agent) // 2)  # "half its attribution limit"
        for agent in treatments(course)
    ]
    return max(days, default=ATTRIBUTION_DEFAULT // 2)


def acts_on(course: Course, disease: str) -> bool:
    """Whether any agent of the course treats the lineage of `disease`. Watching treats nothing."""
    if is_observation(course):
        return False
    spared = ACTS_ON_RED_CELLS_ONLY if disease == "ITP" else ACTS_ON_PLATELETS_ONLY
    return any(agent not in spared for agent in treatments(course))


def has_steroid(course: Course) -> bool:
    return any(agent in STEROIDS for agent in course.agents)


def days_between(earlier: date, later: date) -> int:
    return (later - earlier).days


def days_after(day: date, days: int) -> date:
    return day + timedelta(days=days)


def last_day(bleed: Bleed) -> date:
    """The judge takes a bleed without a recorded end as one of its first day."""
    return bleed.ended_on or bleed.day


def last_day_of_cause(cause: OtherCause) -> date:
    """Nobody has recorded its end: it lasts until 28 days after its first day."""
    return cause.ended_on or days_after(cause.day, OTHER_CAUSE_DAYS)


class Count(NamedTuple):
    """The value that holds for a day."""

    value: Range
    printed: Decimal
    comparator: str
    row: int
    day: date
    discordant: bool = False
    chosen: bool = False  # of several results of that day

    @property
    def is_limit(self) -> bool:
        return self.comparator != ""


class Result(NamedTuple):
    """One evaluable result of a day, citrate multiplied by 1.1."""

    value: Range
    tube: str  # edta, citrate, heparin
    time: time | None
    printed: Decimal
    comparator: str
    row: int


def result_of(observation: Observation) -> Result:
    assert observation.value is not None
    tube = observation.specimen if observation.specimen in ("citrate", "heparin") else "edta"
    factor = CITRATE_FACTOR if tube == "citrate" else Decimal(1)
    printed = observation.value * factor
    return Result(
        range_of(printed, observation.comparator),
        tube,
        observation.time,
        printed,
        observation.comparator,
        observation.row,
    )


def lowest(results: Iterable[Result]) -> Result:
    """ "Of what is left the lowest lower end holds"; of equal ones the lower upper end, because the lowest value of the
    day lies no higher than that; then the row logged first. [DEF-ITP-26, DEF-UNIT-03]
    """

    def order(r: Result) -> tuple[Decimal, bool, Decimal, int, int]:
        return r.value.low, r.value.low_open, r.value.high, -int(r.value.high_open), r.row

    return min(results, key=order)


def at_least_twice(a: Result, b: Result) -> bool:
    """ "A limit is twice another value only where both its ends say so." [DEF-UNIT-03]"""
    return a.value.minus(b.value.times(DISCORDANT_FOLD)).at_least(Decimal(0)) is True


def differs_more_than_twofold(a: Result, b: Result) -> bool:
    return (
        a.value.minus(b.value.times(RECHECK_FOLD)).above(Decimal(0)) is True
        or b.value.minus(a.value.times(RECHECK_FOLD)).above(Decimal(0)) is True
    )


def tubes_that_hold(results: Sequence[Result]) -> list[Result]:
    """Results of heparin or citrate that hold over another tube of their day. [DEF-ITP-26]

    "Non-EDTA at least twice an EDTA result of that day: the non-EDTA value holds ... Heparin at least twice a citrate
    result of that day holds likewise, over EDTA and citrate; of several values that hold the lowest."
    Open: where a heparin result holds over one citrate result, no citrate result of that day holds.
    """
    edta = [r for r in results if r.tube == "edta"]
    citrate = [r for r in results if r.tube == "citrate"]
    heparin = [r for r in results if r.tube == "heparin"]
    over_citrate = [h for h in heparin if any(at_least_twice(h, c) for c in citrate)]
    over_edta = [r for r in [*heparin, *citrate] if any(at_least_twice(r, e) for e in edta)]
    if over_citrate:
        over_edta = [r for r in over_edta if r.tube == "heparin"]
    return [*over_citrate, *over_edta]


def after_rechecks(results: Sequence[Result]) -> list[Result]:
    """ "The first result that differs more than twofold from one before it is a recheck: what lies before it is set
    aside, and the rest is read again by this rule." [DEF-ITP-26]

    Open: "before" is an earlier time; results of one time do not recheck each other.
    """
    left = sorted(results, key=lambda r: (r.time or time.min, r.row))
    for result in left:
        earlier = [r for r in left if (r.time or time.min) < (result.time or time.min)]
        if any(differs_more_than_twofold(result, r) for r in earlier):
            return after_rechecks([r for r in left if r not in earlier])
    return left


def value_of_day(observations: Sequence[Observation], starts_course: bool) -> Count:
    """One value a day, for judge and worklist alike. [DEF-ITP-14, DEF-ITP-26]"""
    results = [result_of(o) for o in observations]
    day = observations[0].day
    platelets = observations[0].analyte == "platelets"
    holding = tubes_that_hold(results) if platelets else []
    if holding:
        held = lowest(holding)
    elif platelets and not starts_course and all(r.time is not None for r in results):
        held = lowest(after_rechecks(results))
    else:  # "On a course's start day the time rule is not used ... of hemoglobin the lowest."
        held = lowest(results)
    return Count(held.value, held.printed, held.comparator, held.row, day, bool(holding), len(results) > 1)


def day_values(patient: Patient, analyte: str) -> dict[date, Count]:
    """Open: the start day of any course of the patient, of either lineage, is a course's start day."""
    starts = {c.started_on for c in patient.courses}
    of_day: dict[date, list[Observation]] = {}
    for observation in patient.observations:
        if observation.analyte == analyte:
            of_day.setdefault(observation.day, []).append(observation)
    return {day: value_of_day(observations, day in starts) for day, observations in of_day.items()}


# ---------------------------------------------------------------------------------------------------------
# Hemolysis near a day
# ---------------------------------------------------------------------------------------------------------


def state_of(result: Observation) -> str:
    """normal, abnormal, explained; '' where the result is passed over. [DEF-AIHA-10]

    "A marker is normal or abnormal by the limits that came with it ... A result without limits, or known only as a
    limit that may lie on either side, is passed over."
    """
    if result.state or result.value is None:
        return result.state
    value = range_of(result.value, result.comparator)
    if result.analyte == "haptoglobin":
        abnormal = None if result.lower_limit is None else negated(value.at_least(result.lower_limit))
    else:
        abnormal = None if result.upper_limit is None else value.above(result.upper_limit)
    if abnormal is None:
        return ""
    if not abnormal:
        return "normal"
    return "explained" if result.explained else "abnormal"


def nearest_markers(observations: Iterable[Observation], day: date) -> dict[str, list[Observation]]:
    """For each marker its results at the smallest distance from the day, if within reach."""
    nearest: dict[str, list[Observation]] = {}
    distance: dict[str, int] = {}
    for result in observations:
        away = abs((result.day - day).days)
        if away <= MARKER_REACH and state_of(result):
            closest = distance.get(result.analyte)
            if closest is None or away < closest:
                distance[result.analyte] = away
                nearest[result.analyte] = [result]
            elif away == closest:
                nearest[result.analyte].append(result)
    return nearest


def marker_state(results: Sequence[Observation]) -> str:
    """ "Of equally near results an abnormal one goes first, then an explained one." [DEF-AIHA-02]"""
    states = {state_of(result) for result in results}
    return next(state for state in WORST_FIRST if state in states)


def hemolysis(nearest: dict[str, list[Observation]]) -> str:
    """ "Present if any unexplained marker is abnormal; absent if >=2 markers including haptoglobin or LDH, and all
    normal; else unknown." [DEF-AIHA-02]"""
    states = {marker: marker_state(results) for marker, results in nearest.items()}
    if "abnormal" in states.values():
        return "present"
    normal = {marker for marker, state in states.items() if state == "normal"}
    return "absent" if len(normal) >= 2 and normal & {"haptoglobin", "ldh"} else "unknown"


# ---------------------------------------------------------------------------------------------------------
# The window
# ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Window:
    """Days after the start, up to and including the day on which something closes it."""

    start: date
    end: date
    closed_by: str | None = None  # next_course, other_lineage_course
    closing: tuple[
        Course, ...
    ] = ()  # the courses of that day; of the next course all are one next line (DEF-ITP-28)

    def holds(self, day: date) -> bool:
        return self.start < day <= self.end

    @property
    def next_reasons(self) -> set[str]:
        return {c.start_reason for c in self.closing} if self.closed_by == "next_course" else set()

    @property
    def next_course_means(self) -> str | None:
        """What the next course says of the response before it. [DEF-ITP-08]"""
        if self.closed_by != "next_course":
            return None
        if self.next_reasons & STARTED_FOR_LOSS:
            return "loss"
        return "unknown" if self.next_reasons & STARTED_FOR_UNKNOWN_REASON else "no_loss"


def is_note(patient: Patient, course: Course) -> bool:
    """ "After an active course it is a note ... does not end the follow-up of the course before." [DEF-LINE-08]"""
    return is_observation(course) and any(
        c.disease == course.disease
        and c.episode == course.episode
        and not is_observation(c)
        and c.started_on < course.started_on
        for c in patient.courses
    )


def window_of(patient: Patient, course: Course) -> Window:
    """ "start < date <= start of next line"; a course for the other lineage that acts on this one closes it too."""
    later = [c for c in patient.courses if c.started_on > course.started_on]
    same = [c for c in later if c.disease == course.disease and not is_note(patient, c)]
    others = [c for c in later if c.disease != course.disease and acts_on(c, course.disease)]
    next_on = min((c.started_on for c in same), default=date.max)
    other_on = min((c.started_on for c in others), default=date.max)
    if next_on == other_on == date.max:
        return Window(course.started_on, date.max)
    if next_on <= other_on:
        closing = tuple(c for c in same if c.started_on == next_on)
        return Window(course.started_on, next_on, "next_course", closing)
    closing = tuple(c for c in others if c.started_on == other_on)
    return Window(course.started_on, other_on, "other_lineage_course", closing)


# ---------------------------------------------------------------------------------------------------------
# Bridges: IVIG, anti-D, vinca and pulses that do not belong to the course
# ---------------------------------------------------------------------------------------------------------


def last_day_of(step: DoseStep, course: Course) -> date | None:
    """Inclusive: its own end, else that of the course; a new step of the same agent ends the one before. [DEF-ITP-25]

    None: it lasts to the last assessment of the window.
    """
    ends = [end for end in (step.stopped_on or course.stopped_on,) if end is not None]
    for newer in course.dose_steps:
        if newer.agent == step.agent and newer.started_on > step.started_on:
            ends.append(days_after(newer.started_on, -1))
    return min(ends, default=None)


def steps_of(course: Course, agent: str) -> list[DoseStep]:
    """The steps of an agent in order; without any the agent begins with the course."""
    steps = [s for s in course.dose_steps if s.agent == agent]
    return sorted(steps, key=lambda s: (s.started_on, s.row)) or [DoseStep(agent, course.started_on)]


def pulses_of(course: Course, agent: str) -> list[Bridge]:
    """ "A pulse is dexamethasone or methylprednisolone given for at most 5 days, first and last counted."

    Open: steps that follow one another without a day between are given together; a giving whose last day nobody
    recorded (neither its own nor the course's) is not known to be a pulse.
    """
    spells: list[tuple[int, date, date | None]] = []
    for step in steps_of(course, agent):
        last = last_day_of(step, course)
        if spells and spells[-1][2] is not None and step.started_on <= days_after(spells[-1][2], 1):
            row, first, before = spells[-1]
            assert before is not None
            spells[-1] = (row, first, None if last is None else max(last, before))
        elif not spells or spells[-1][2] is not None:
            spells.append((step.row, step.started_on, last))
    return [
        Bridge(row, first, max(first, last))
        for row, first, last in spells
        if last is not None and days_between(first, last) + 1 <= PULSE_DAYS
    ]


def only_pulses(course: Course, agent: str) -> bool:
    pulses = pulses_of(course, agent)
    return all(any(p.day <= s.started_on <= p.last for p in pulses) for s in steps_of(course, agent))


def bridges_of(course: Course) -> list[Bridge]:
    """What of a course bridges, from its first dose to its last. [DEF-ITP-23]

    "... to 28 d after their last (the first, where no stop is recorded)".
    Open: of IVIG, anti-D and vinca the stop is that of the agent; that of the course only where it gave nothing else.
    """
    given = []
    agents = sorted({*treatments(course), *(s.agent for s in course.dose_steps)})
    stopped_on = course.stopped_on if len(agents) == 1 else None
    for agent in agents:
        if agent in BRIDGES:
            steps = steps_of(course, agent)
            last = max(s.stopped_on or stopped_on or s.started_on for s in steps)
            given.append(Bridge(steps[0].row, steps[0].started_on, max(last, steps[0].started_on)))
        elif agent in PULSES:
            given += pulses_of(course, agent)
    return given


def bridges_of_other_courses(patient: Patient, course: Course) -> list[Bridge]:
    """ "of another course (of either lineage; not one with the same start day, K9)" """
    others = [c for c in patient.courses if c.row != course.row and c.started_on != course.started_on]
    return [bridge for c in others for bridge in bridges_of(c)]


def brought_by_bridge_alone(courses: Sequence[Course], until: date) -> bool:
    """ "a response that only a bridge of K3 brought, at most 28 d after its last dose ...: K3 holds" [DEF-LINE-07]

    K3 speaks of platelets alone. Given longer than a pulse somewhere in the course, an agent is no bridge.
    """
    if any(course.disease != "ITP" for course in courses):
        return False
    for course in courses:
        if not treatments(course) or not all(
            agent in BRIDGES or (agent in PULSES and only_pulses(course, agent))
            for agent in treatments(course)
        ):
            return False
    last = max((b.last for c in courses for b in bridges_of(c)), default=None)
    return last is not None and days_between(last, until) <= BRIDGE_WASH_OUT


# ---------------------------------------------------------------------------------------------------------
# Assessments
# ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Assessment:
    """A day on which the course can be judged: it has a count, or something happened."""

    day: date
    count: Count | None
    fail_events: list[Event]
    unknown_events: list[Event]
    bleeds: list[Bleed]  # active on the day
    wash_outs: list[WashOut]
    hemolysis: str
    caused: bool = False  # another cause of the disease is recorded on the day
    response_met: bool | None = None  # what the count alone says, at the level of R or PR, or better
    complete_met: bool | None = None
    response: str = ""  # labels: PASS, FAIL, UNKNOWN, IGNORED (set aside by a wash-out)
    complete: str = ""

    def label(self, lens: str) -> str:
        return self.complete if lens == "complete" else self.response

    def shows(self, lens: str = "response") -> str:
        """The label for NR and loss: PASSED_OVER where another cause explains the failure. [DEF-ITP-24, DEF-AIHA-06]

        "Failing counts are passed over for NR and loss ...; so are a rescue for a low count and, in AIHA, red cells;
        passing counts count."
        Open: a bleed and a rescue for a bleed are no failing counts: the day on which they begin fails all the same.
        A count that fails on a later day of that bleed is a failing count.
        """
        label = self.label(lens)
        if label != "FAIL" or not self.caused:
            return label
        if any(isinstance(e, Bleed) or e.reason == "bleed" for e in self.fail_events):
            return label
        return "UNKNOWN" if self.unknown_events else "PASSED_OVER"


SET_ASIDE = ("IGNORED", "PASSED_OVER")


class Case:
    """One course with everything of the patient that bears on it.

    `measured_from` and `floor` are given for a course that started in response: the baseline of the course that
    brought the response, or without one the value that holds alone. [DEF-LINE-07]
    """

    def __init__(
        self, patient: Patient, course: Course, measured_from: Count | None = None, floor: bool = False
    ) -> None:
        self.patient = patient
        self.course = course
        self.itp = course.disease == "ITP"
        self.window = window_of(patient, course)
        self.counts = day_values(patient, "platelets" if self.itp else "hemoglobin")
        self.markers = [] if self.itp else [o for o in patient.observations if o.analyte in MARKERS]
        self.bridges = bridges_of_other_courses(patient, course) if self.itp else []
        self.transfused_on = self._transfusion_days()
        self.reaching = self._reaching()
        self.baseline_at = self._baseline_at()
        self.own_baseline, self.passed_over_bridge, self.passed_over = self.baseline_before(self.baseline_at)
        self.baseline = self.own_baseline if measured_from is None else measured_from
        self.floor = floor
        self.bleeds = (
            [b for b in patient.bleeds if b.grade >= 1 and b.itp_related != "no"] if self.itp else []
        )
        self.causes = [c for c in patient.other_causes if c.disease == course.disease]
        self.fail_events = self._fail_events()
        self.unknown_events = self._unknown_events()
        self._assessed: dict[date, Assessment] = {}
        self.assessments = self.between(self.window.start, self.window.end)

    # Baseline

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
        treated = [c for c in self.patient.courses if c.disease == "ITP" and not is_observation(c)]
        return min([self.course.started_on, *(c.started_on for c in treated)])

    def _moving_bridges(self) -> list[Bridge]:
        """ "IVIG, anti-D, a corticosteroid pulse or vinca that does not belong to the course (a rescue, or an agent of
        another course)". [DEF-ITP-23]"""
        if not self.itp:
            return []
        rescues = [Bridge(r.row, r.day, r.day) for r in self.patient.rescues if r.agent in BRIDGING_RESCUES]
        return [*self.bridges, *rescues]

    def baseline_before(self, at: date) -> tuple[Count | None, bool, bool]:
        """The baseline; whether a bridge decided it; whether a later count was passed over at all.

        "The last clean value in [start-14 d, start]" [DEF-ITP-01, DEF-AIHA-04]. "Within 28 d after [a bridge] is no
        baseline; nor within 7 d after platelets. If the 14 days before the start hold no other clean count, the
        baseline is the last clean count in the 14 days up to and including the first day of that bridge."
        Open: "that bridge" is each bridge that begins up to the start and whose 28 days touch those 14 days.
        """
        moving = self._moving_bridges()

        def bridged(day: date) -> bool:
            return any(b.day < day <= days_after(b.last, BRIDGE_WASH_OUT) for b in moving)

        def transfused(day: date) -> bool:
            return any(0 < days_between(t, day) <= TRANSFUSION_WASH_OUT for t in self.transfused_on)

        def days_up_to(last: date) -> list[date]:
            return [d for d in self.counts if 0 <= days_between(d, last) <= BASELINE_LOOK_BACK]

        days = days_up_to(at)
        clean = [d for d in days if not bridged(d) and not transfused(d)]
        sought_before_bridge = not clean
        if not clean:
            first = days_after(at, -BASELINE_LOOK_BACK)
            moved = [b for b in moving if b.day <= at and days_after(b.last, BRIDGE_WASH_OUT) >= first]
            clean = [d for b in moved for d in days_up_to(b.day) if not bridged(d) and not transfused(d)]
        if not clean:
            return None, any(bridged(d) for d in days), bool(days)
        later = [d for d in days if d > max(clean)]
        decided = sought_before_bridge or any(bridged(d) for d in later)
        return self.counts[max(clean)], decided, bool(later)

    # Wash-outs and events

    def wash_outs(self, day: date) -> list[WashOut]:
        """What else may have made a count of this day: what was given before and still reaches it."""
        return [e for e, first, until in self.reaching if first <= day <= until]

    def _reaching(self) -> list[tuple[WashOut, date, date]]:
        """Rescue 56 days, platelets and red cells 7, bridges of other courses 28 after their last dose. [DEF-ITP-06,
        DEF-ITP-23, DEF-AIHA-03]"""
        product = "platelets" if self.itp else "red_cells"
        transfused: list[WashOut] = [t for t in self.patient.transfusions if t.product == product]
        rescued: list[WashOut] = []
        if self.itp:
            transfused += [r for r in self.patient.rescues if r.agent == "platelets"]
            rescued += [r for r in self.patient.rescues if r.agent != "platelets"]
        return [
            *((t, t.day, days_after(t.day, TRANSFUSION_WASH_OUT)) for t in transfused),
            *((r, r.day, days_after(r.day, RESCUE_WASH_OUT)) for r in rescued),
            *((b, days_after(b.day, 1), days_after(b.last, BRIDGE_WASH_OUT)) for b in self.bridges),
        ]

    def _fail_events(self) -> list[Event]:
        """Bleeds and rescues for a low count or a bleed; red cells for AIHA or an unknown reason. [DEF-ITP-08,
        DEF-AIHA-06]"""
        if self.itp:
            asked_for = [r for r in self.patient.rescues if r.reason in ("low_count", "bleed")]
            return [*self.bleeds, *asked_for]
        return [
            t
            for t in self.patient.transfusions
            if t.product == "red_cells" and t.reason in ("cytopenia", "unknown", "")
        ]

    def _unknown_events(self) -> list[Event]:
        """ "A rescue of unknown reason is an assessment of unknown level." [DEF-ITP-08]"""
        return [r for r in self.patient.rescues if r.reason in ("unknown", "")] if self.itp else []

    # Assessments and their labels

    def between(self, after: date, until: date) -> list[Assessment]:
        """The assessments after one day up to and including another."""
        days = set(self.counts) | {e.day for e in [*self.fail_events, *self.unknown_events]}
        return [self.assess(day) for day in sorted(days) if after < day <= until]

    def assess(self, day: date) -> Assessment:
        if day not in self._assessed:
            self._assessed[day] = self._assess(day)
        return self._assessed[day]

    def _assess(self, day: date) -> Assessment:
        assessment = Assessment(
            day=day,
            count=self.counts.get(day),
            fail_events=[e for e in self.fail_events if e.day == day],
            unknown_events=[e for e in self.unknown_events if e.day == day],
            bleeds=[b for b in self.bleeds if b.day <= day <= last_day(b)],
            wash_outs=self.wash_outs(day),
            hemolysis="" if self.itp else hemolysis(nearest_markers(self.markers, day)),
            caused=bool(self.causes_on(day)),
        )
        if assessment.count is not None:
            assessment.complete_met, assessment.response_met = self._rules(assessment, assessment.count.value)
        assessment.complete = self._label(assessment, assessment.complete_met)
        assessment.response = self._label(assessment, assessment.response_met)
        return assessment

    def doubled(self, value: Range) -> bool | None:
        """ "At least 2-fold" the baseline; unknown without one. [DEF-ITP-17]

        "As a baseline a doubling is met if it holds for the upper limit, else unknown." [DEF-UNIT-03] Open: where it is
        met for neither end (a baseline of `>25`, a count of 50) both give the same answer: it is not met.
        """
        if self.baseline is None:
            return None
        return value.minus(self.baseline.value.times(RESPONSE_FOLD)).at_least(Decimal(0))

    def risen(self, value: Range) -> bool | None:
        """A rise above 20 g/L, strictly; unknown without a baseline."""
        return None if self.baseline is None else value.minus(self.baseline.value).above(PARTIAL_RISE)

    def _rules(self, assessment: Assessment, value: Range) -> tuple[bool | None, bool | None]:
        """Whether the count meets CR, and whether it meets CR or the level below it."""
        if self.itp:
            quiet = not assessment.bleeds
            complete = both(value.at_least(COMPLETE_PLATELETS), quiet)
            if self.floor:
                response = both(value.at_least(HELD_PLATELETS), quiet)
            else:
                response = both(both(value.at_least(RESPONSE_PLATELETS), self.doubled(value)), quiet)
        else:
            no_hemolysis = {"absent": True, "present": False, "unknown": None}[assessment.hemolysis]
            complete = both(value.above(COMPLETE_HEMOGLOBIN), no_hemolysis)
            response = value.above(HELD_HEMOGLOBIN) if self.floor else self.risen(value)
        return complete, either(complete, response)

    @staticmethod
    def _label(assessment: Assessment, met: bool | None) -> str:
        """What happened outranks the count; a wash-out hides a good count and never a bad one. [DEF-ITP-06]"""
        if assessment.fail_events:
            return "FAIL"
        if assessment.count is not None and met is False:
            return "FAIL"
        if assessment.unknown_events:
            return "UNKNOWN"
        return "IGNORED" if assessment.wash_outs else LABEL[met]

    def causes_on(self, day: date) -> list[OtherCause]:
        return [c for c in self.causes if c.day <= day <= last_day_of_cause(c)]

    # Days of failure

    @property
    def attributed_until(self) -> date:
        limit = attribution_limit(self.course)
        return date.max if limit is None else days_after(self.course.started_on, limit)

    @property
    def failing_from(self) -> date:
        return days_after(self.course.started_on, earliest_failure(self.course))

    @property
    def stopped_for_inefficacy(self) -> bool:
        return self.course.stop_reason == "inefficacy"

    @property
    def credited_until(self) -> date:
        """ "Of a course stopped with stop_reason inefficacy ... a passing run that begins later than the stop plus
        the earliest day of failure is not attributed." [DEF-ITP-22]

        Open: without a recorded day of the stop this rule cannot be used.
        """
        if not self.stopped_for_inefficacy or self.course.stopped_on is None:
            return date.max
        return days_after(self.course.stopped_on, earliest_failure(self.course))

    def starts_complete(self) -> Count | None:
        """The course's own clean baseline (that of K3), if it is at CR level. [DEF-LINE-07]

        "ITP: at least 100, and no bleed from that day to the start; or meets every condition of CR (AIHA)".
        Open: of a splenectomy it is the count before the operation, not the one before the first treatment.
        """
        count, _, _ = self.baseline_before(self.course.started_on)
        if count is None:
            return None
        if self.itp:
            bled = any(b.day <= self.course.started_on and last_day(b) >= count.day for b in self.bleeds)
            return count if count.value.at_least(COMPLETE_PLATELETS) is True and not bled else None
        return count if self.assess(count.day).complete == "PASS" else None


# ---------------------------------------------------------------------------------------------------------
# Pairs and runs: occasions so many days apart, with nothing else between them
# ---------------------------------------------------------------------------------------------------------


class Pair(NamedTuple):
    first: Assessment
    confirming: Assessment


def confirmed_pairs(assessments: Sequence[Assessment], lens: str) -> list[Pair]:
    """All pairs of passing assessments at least 7 days apart, uninterrupted; earliest pairs first. [DEF-ITP-03]

    Another cause passes a failing count over for NR and loss only: between two passing ones it interrupts.
    """
    counted = [a for a in assessments if a.label(lens) != "IGNORED"]
    interrupting = [a.label(lens) != "PASS" for a in counted]
    return [
        Pair(a, b)
        for i, a in enumerate(counted)
        if not interrupting[i]
        for j, b in enumerate(counted[i + 1 :], i + 1)
        if days_between(a.day, b.day) >= DAYS_TO_CONFIRM_RESPONSE and not any(interrupting[i : j + 1])
    ]


def passing_runs(assessments: Sequence[Assessment]) -> list[list[Assessment]]:
    """The unbroken runs of passing assessments, confirmed or not."""
    counted = [a for a in assessments if a.response != "IGNORED"]
    grouped = itertools.groupby(counted, key=lambda a: a.response == "PASS")
    return [list(run) for passing, run in grouped if passing]


def failing_pairs(assessments: Sequence[Assessment]) -> list[Pair]:
    """ "Two consecutive failing assessments (between them none but such as were passed over or set aside by a
    wash-out; one that cannot be judged parts them) >= 1 d apart". [DEF-ITP-21]"""
    counted = [a for a in assessments if a.shows() not in SET_ASIDE]
    return [
        Pair(a, b)
        for a, b in itertools.pairwise(counted)
        if a.shows() == b.shows() == "FAIL" and days_between(a.day, b.day) >= DAYS_TO_CONFIRM_FAILURE
    ]


def last_fails(assessments: Sequence[Assessment]) -> bool:
    """Whether the last assessment fails; what is passed over or set aside by a wash-out is not asked."""
    counted = [a for a in assessments if a.shows() not in SET_ASIDE]
    return bool(counted) and counted[-1].shows() == "FAIL"


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

    window: Window  # in which the follow-up ended
    last_pass: Assessment | None
    relapsed_on: date | None = None
    opened_by: Assessment | None = None  # the first failing assessment of the loss
    confirmed_by: Assessment | None = None  # the assessment that made it a relapse, or ended follow-up
    unexplained_rescue: bool = False  # its reason is unknown, but the count before it was failing
    censored_by_rescue_on: date | None = None
    relapse_by_treatment: bool = False  # a rescue or the next course decided it, not the counts
    relapse_by_next_course: bool = False
    open_at_end: bool = False
    fell_from_peak: dict[date, Count] = field(default_factory=dict)  # failing by the fall alone: its peak
    continued: bool = False  # it went on through a course of maintenance (DEF-LINE-07)

    @property
    def ended(self) -> bool:
        return self.relapsed_on is not None or self.censored_by_rescue_on is not None


def loss_labels(
    case: Case, since: date, after: date, until: date
) -> tuple[list[Assessment], list[str], dict[date, Count]]:
    """The assessments after a day with the label that counts for loss; what is passed over is left out.

    AIHA: "two Hb >=1 d apart that either lose PR (rise <=20) or are <100 g/L with a fall >=20 from the peak - with
    haemolysis present (or unknown) and no other recorded cause". [DEF-AIHA-06] The peak is the highest count since the
    response began; of a limit its lower end.
    """
    kept, labels, fell = [], [], {}
    for a in case.between(after, until):
        label = a.shows()
        if label == "PASSED_OVER":
            continue
        if not case.itp and a.count is not None and not a.fail_events:
            since_onset = [
                x.count
                for x in case.between(days_after(since, -1), a.day)
                if x.count is not None and not x.wash_outs
            ]
            peak = max(
                since_onset, key=lambda c: (c.value.low, c.value.low_open, -c.day.toordinal()), default=None
            )
            falls: bool | None = False
            if peak is not None:
                falls = both(
                    negated(a.count.value.at_least(RELAPSE_HEMOGLOBIN)),
                    peak.value.minus(a.count.value).at_least(RELAPSE_FALL),
                )
            if label == "FAIL" or falls is True:
                if a.hemolysis == "absent" or a.caused:
                    continue  # low for another reason: neither loss nor response
                if label != "FAIL" and peak is not None:
                    fell[a.day] = peak
                label = "FAIL"
            elif falls is None and label == "PASS":
                label = "UNKNOWN"  # a limit: it may or may not have fallen
        kept.append(a)
        labels.append(label)
    return kept, labels, fell


def follow_up(case: Case, since: date, after: date, window: Window, onset: Assessment | None) -> FollowUp:
    """The response that began on `since`, looked at after a day up to the end of a window. [DEF-ITP-07, DEF-ITP-08]

    "Loss = first of: two consecutive failing counts >=1 d apart; bleeding; rescue for low count/bleed; next line
    started for relapse/inefficacy."
    """
    followed, labels, fell = loss_labels(case, since, after, window.end)
    result = FollowUp(window, onset, fell_from_peak=fell)
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
        if treated:  # its reason is unknown, and the last count that counts was responding
            result.censored_by_rescue_on, result.confirmed_by = a.day, a
            return result
        if labels[i] == "PASS":
            result.last_pass = a
    failing = failing_run(followed, labels, len(followed) - 1)
    means = window.next_course_means
    if means == "loss" or (means == "unknown" and failing):
        result.relapsed_on = failing[0].day if failing else window.end
        result.opened_by = failing[0] if failing else None
        result.relapse_by_treatment = result.relapse_by_next_course = True
    result.open_at_end = bool(failing) and result.relapsed_on is None
    return result


def complete_response(case: Case, onset: Assessment, follow: FollowUp) -> Pair | None:
    """The first confirmed CR inside the response, in the course's own window. [DEF-ITP-15, DEF-LINE-07]

    A next course for relapse may begin on the day of the count that confirms it: that count is this course's.
    """
    return next(
        (
            pair
            for pair in confirmed_pairs(case.assessments, "complete")
            if pair.first.day >= onset.day
            and (follow.relapsed_on is None or pair.confirming.day <= follow.relapsed_on)
            and (follow.censored_by_rescue_on is None or pair.confirming.day <= follow.censored_by_rescue_on)
        ),
        None,
    )


def loss_of_complete_response(case: Case, cr_onset: Assessment, follow: FollowUp) -> Pair | None:
    """The loss of CR by its own counts: two failing occasions, or one event alone (paired with itself)."""
    until = follow.censored_by_rescue_on or follow.window.end
    followed = [a for a in case.between(cr_onset.day, until) if a.shows("complete") != "PASSED_OVER"]
    labels = [a.shows("complete") for a in followed]
    for i, a in enumerate(followed):
        if labels[i] == "FAIL":
            failing = failing_run(followed, labels, i)
            if a.fail_events or days_between(failing[0].day, a.day) >= DAYS_TO_CONFIRM_FAILURE:
                return Pair(failing[0], a)
    return None


# ---------------------------------------------------------------------------------------------------------
# Corticosteroid dependence
# ---------------------------------------------------------------------------------------------------------


class Held(NamedTuple):
    """A readable dose from its first day to its last (None: to the last assessment of the window)."""

    first: date
    last: date | None
    dose: Decimal
    step: DoseStep


def doses_held(course: Course) -> list[Held]:
    return [
        Held(step.started_on, last_day_of(step, course), step.dose, step)
        for step in course.dose_steps
        if step.agent in STEROIDS and step.dose is not None
    ]


def last_seen(case: Case) -> date:
    return max((a.day for a in case.assessments), default=case.course.started_on)


def further_steroid_courses(case: Case) -> list[Course]:
    """ "Further corticosteroid courses count only if they begin within 365 d of the start and before the next active
    course of another class (neither maintenance nor a note of observation)." [DEF-ITP-25]

    Open: a combination with a corticosteroid is a corticosteroid course, not one of another class.
    """
    course = case.course
    later = [
        c
        for c in case.patient.courses
        if c.disease == course.disease and c.started_on > course.started_on and not is_observation(c)
    ]
    other_class = [c.started_on for c in later if not has_steroid(c) and c.intent != "maintenance"]
    before = min(other_class, default=date.max)
    until = days_after(course.started_on, FURTHER_COURSE_DAYS)
    further = [c for c in later if has_steroid(c) and c.started_on <= until and c.started_on < before]
    return sorted(further, key=lambda c: (c.started_on, c.row))


def two_months_after(course: Course) -> date:
    return days_after(course.started_on, DEPENDENCE_DAYS)


def needing(case: Case) -> Evidence | None:
    """What shows that corticosteroids were still needed at two months, as the evidence cites it.

    "Still >5 mg/d prednisolone (or >=2 further courses) at >=60 d." [DEF-ITP-12] "The evidence cites the dose, its day
    and the limit." Open: of several doses the last that was begun; of further courses the second.
    """
    two_months, seen = two_months_after(case.course), last_seen(case)
    above = [
        h for h in doses_held(case.course) if h.dose > DEPENDENCE_DOSE and (h.last or seen) >= two_months
    ]
    if above:
        h = max(above, key=lambda h: (h.first, h.step.row))
        return cite_dose(h)
    later = further_steroid_courses(case)
    if len(later) >= 2 and later[1].started_on >= two_months:
        return recorded("dose", "course", later[1].row, later[1].started_on)
    return None


def corticosteroid_dependent(case: Case, relapsed_on: date | None) -> bool:
    """ "Relapse or re-escalation on taper and still >5 mg/d prednisolone (or >=2 further courses) at >=60 d."

    Open: the relapse is one of the course's own window, since a course that starts in response is recognized from the
    call of the course before it.
    """
    if not (case.itp and has_steroid(case.course)):
        return False
    held = doses_held(case.course)
    on_steroid_at_relapse = relapsed_on is not None and any(
        h.last is None or relapsed_on <= h.last for h in held
    )
    re_escalated = any(
        high.first < low.first < again.first and low.dose < high.dose and low.dose < again.dose
        for high in held
        for low in held
        for again in held
    )
    return (on_steroid_at_relapse or re_escalated) and needing(case) is not None


def steroid_dose_unknown(case: Case) -> bool:
    """ "Any day of corticosteroid from day 60 on without a readable dose." [DEF-ITP-25]

    The days are those of the agent, its last day is inclusive. An agent without a step is given without a readable
    dose from the start to the end of the course, else to the last assessment of its window.
    """
    if not (case.itp and has_steroid(case.course)):
        return False
    unread = [
        last_day_of(step, case.course) or last_seen(case)
        for agent in STEROIDS & {*case.course.agents, *(s.agent for s in case.course.dose_steps)}
        for step in steps_of(case.course, agent)
        if step.dose is None
    ]
    return any(last >= two_months_after(case.course) for last in unread)


def unchanged_doses(course: Course) -> list[Held]:
    """ "Equal steps that follow one another are one." [DEF-ITP-25]

    Open: a change from one corticosteroid to the same dose of another leaves the dose unchanged.
    """
    merged: list[Held] = []
    for h in sorted(doses_held(course), key=lambda h: (h.dose, h.first, h.step.row)):
        before = merged[-1] if merged else None
        if (
            before is not None
            and before.dose == h.dose
            and (before.last is None or h.first <= days_after(before.last, 1))
        ):
            last = None if before.last is None or h.last is None else max(before.last, h.last)
            merged[-1] = before._replace(last=last)
        else:
            merged.append(h)
    return sorted(merged, key=lambda h: (h.first, h.step.row))


def prolonged(case: Case, onset_on: date, follow: FollowUp) -> Held | None:
    """ "More than 5 mg prednisolone a day held unchanged for >= 180 d in response." [DEF-ITP-25]

    Open: days of dose, first and last counted; in response from the onset to the day before the loss, else to the last
    responding count, within the course's own window.
    """
    if not case.itp:
        return None
    seen = [a.day for a in case.assessments if a.response == "PASS" and a.day >= onset_on]
    until = max(seen, default=onset_on)
    if follow.relapsed_on is not None:
        until = days_after(min(follow.relapsed_on, case.window.end), -1)
    elif follow.last_pass is not None:
        until = min(until, follow.last_pass.day)
    for h in unchanged_doses(case.course):
        first, last = max(h.first, onset_on), min(h.last or last_seen(case), until)
        if h.dose > DEPENDENCE_DOSE and days_between(first, last) + 1 >= PROLONGED_DAYS:
            return h
    return None


# ---------------------------------------------------------------------------------------------------------
# Started in response
# ---------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Carried:
    """A response that is there: who measures it, since when, and from which day on it is to be followed further."""

    case: Case  # of the last course under which it was there; its labels measure it
    measured_from: (
        Count | None
    )  # the baseline of the course that brought it; None: it is held by a value alone
    since: date  # the onset, or the day of the baseline at CR level
    after: date  # followed from the day after
    seen_on: date  # the last assessment up to then that counts
    brought_by: tuple[Course, ...]  # the courses that brought it; none: only the baseline shows it


@dataclass(slots=True)
class Core:
    """A course on its own: the attributed response, if any, and what became of it in its own window."""

    case: Case
    response: Pair | None
    late: Pair | None  # a confirmed run that began after the attribution limit
    uncredited: list[Assessment]  # a passing run too long after a stop for inefficacy
    follow: FollowUp | None
    dependent: bool

    @property
    def responded(self) -> bool:
        return self.response is not None and not self.dependent


class Chart:
    """A patient with all courses, each worked out when it is asked for and then remembered."""

    def __init__(self, patient: Patient) -> None:
        self.patient = patient
        self._cores: dict[int, Core] = {}
        self._carried: dict[int, Carried | None] = {}

    def core(self, course: Course) -> Core:
        if course.row not in self._cores:
            self._cores[course.row] = self._core(course)
        return self._cores[course.row]

    def _core(self, course: Course) -> Core:
        """The first confirmed run that began within the attribution limit is the response. [DEF-ITP-15]"""
        case = Case(self.patient, course)
        pairs = confirmed_pairs(case.assessments, "response")
        credited = [p for p in pairs if p.first.day <= case.credited_until]
        in_time = [p for p in credited if p.first.day <= case.attributed_until]
        response = in_time[0] if in_time else None
        late = credited[0] if credited and response is None else None
        uncredited = next(
            (run for run in passing_runs(case.assessments) if run[0].day > case.credited_until), []
        )
        if response is None:
            return Core(case, None, late, uncredited, None, False)
        onset = response.first
        follow = follow_up(case, onset.day, onset.day, case.window, onset)
        return Core(case, response, None, [], follow, corticosteroid_dependent(case, follow.relapsed_on))

    def former_response(self, course: Course) -> Carried | None:
        """ "That of the last course before it that was judged for response (notes are passed over; a course that
        itself started in response carries it on)." [DEF-LINE-07]

        Open: a course that is NR for corticosteroid dependence has no response that could go on. Of courses with one
        start day the response is that of the combination.
        """
        before = [
            c
            for c in self.patient.courses
            if c.disease == course.disease
            and c.started_on < course.started_on
            and not is_note(self.patient, c)
        ]
        if not before:
            return None
        last_start = max(c.started_on for c in before)
        last = sorted((c for c in before if c.started_on == last_start), key=lambda c: c.row)
        for c in last:
            carried = self.carried_into(c)
            if carried is not None:
                return replace(carried, case=case_of_followed(self.patient, c, carried), after=c.started_on)
            core = self.core(c)
            if core.responded and core.response is not None:
                onset_on, measured_from = core.response.first.day, core.case.baseline
                case = core.case if measured_from is not None else Case(self.patient, c, floor=True)
                return Carried(case, measured_from, onset_on, onset_on, onset_on, tuple(last))
        return None

    def carried_into(self, course: Course) -> Carried | None:
        """The response in which the course starts; None: it is judged for response."""
        if course.row not in self._carried:
            self._carried[course.row] = self._carried_into(course)
        return self._carried[course.row]

    def _carried_into(self, course: Course) -> Carried | None:
        """ "A course (observation too, unless it is a note) that starts while the former response is not lost and the
        last assessment up to and on the start day does not fail and is at most 180 d old, or whose own clean baseline
        (that of K3) is at CR level ... is not judged for response (a response that only a bridge of K3 brought, at most
        28 d after its last dose, does not count here: K3 holds)." [DEF-LINE-02, DEF-LINE-07]

        Treatment for the other lineage closes a window, yet "K4 looks at every count up to the next start all the
        same" [DEF-EV-02]. A next course for relapse or inefficacy loses the response on its own start day.
        Open: an assessment that is set aside by a wash-out or passed over for another cause is not the last one. What
        the last course before it gave washes nothing out.
        """
        if is_note(self.patient, course):
            return None
        former, start = self.former_response(course), course.started_on
        if former is not None and not brought_by_bridge_alone_or_none(former, start):
            starting = tuple(
                c
                for c in self.patient.courses
                if c.disease == course.disease and c.started_on == start and not is_note(self.patient, c)
            )
            whole = Window(former.after, start, "next_course", starting)
            seen = follow_up(former.case, former.since, former.after, whole, None)
            kept, labels, _ = loss_labels(former.case, former.since, former.after, start)
            counted = [(a.day, label) for a, label in zip(kept, labels, strict=True) if label != "IGNORED"]
            seen_on, label = counted[-1] if counted else (former.seen_on, "PASS")
            fresh = label != "FAIL" and days_between(seen_on, start) <= FRESH_DAYS
            if seen.relapsed_on is None and fresh:
                return replace(former, seen_on=seen_on)
        case = Case(self.patient, course, floor=True)
        own = case.starts_complete()
        return None if own is None else Carried(case, None, own.day, start, own.day, ())

    def follow_through(self, core: Core) -> FollowUp:
        """ "If the reason was steroid_sparing or the intent is maintenance, the follow-up of the former response goes
        on through it (event if lost ...); any other change (toxicity, choice, switch) censors it." [DEF-LINE-07]"""
        assert core.response is not None
        assert core.follow is not None
        follow, onset, continued = core.follow, core.response.first, False
        while not follow.ended and follow.window.closed_by == "next_course":
            sparing = [
                c
                for c in follow.window.closing
                if (c.intent == "maintenance" or c.start_reason == "steroid_sparing")
                and self.carried_into(c) is not None
            ]
            if not sparing:
                break
            continued = True
            follow = follow_up(core.case, onset.day, onset.day, window_of(self.patient, sparing[0]), onset)
        follow.continued = continued
        return follow


def case_of_followed(patient: Patient, course: Course, carried: Carried) -> Case:
    """ "Held means response or better, measured from the baseline of the course that brought the response; without
    one, at least 30 (ITP) or above 100 g/L (AIHA) alone." [DEF-LINE-07]"""
    return Case(patient, course, carried.measured_from, floor=carried.measured_from is None)


def brought_by_bridge_alone_or_none(former: Carried, until: date) -> bool:
    return bool(former.brought_by) and brought_by_bridge_alone(former.brought_by, until)


# ---------------------------------------------------------------------------------------------------------
# No attributed response: between NR and NE
# ---------------------------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """Best response, reason, and what the evidence cites."""

    best_response: str
    reason: str
    pair: Pair | None = None  # the failing pair of step 4
    failing: Assessment | None = None  # the failing assessment that decided alone


def confounded(case: Case) -> str:
    return "rescue_confounded" if case.itp else "transfusion_confounded"


def count_fails(assessment: Assessment) -> bool:
    """A failing count, inside a wash-out too; "the day of a rescue or a transfusion by itself is no such count"."""
    return assessment.response_met is False and assessment.shows() == "FAIL"


def late_outcome(case: Case, late: Pair) -> Outcome:
    """K2: late is only what was seen to be late. [DEF-ITP-22, DEF-AIHA-09]"""
    before = [a for a in case.assessments if a.day < late.first.day]
    # "NR late_response needs a failing count on or after the earliest day of failure and before the onset."
    seen = [a for a in before if a.day >= case.failing_from and count_fails(a)]
    if seen:
        return Outcome("NR", "late_response", failing=seen[-1])
    # "No count between start and onset: NE onset_not_observed. Counts there, all set aside by a wash-out: NE
    # rescue_confounded / transfusion_confounded. Else NE onset_not_observed."
    counts = [a for a in before if a.count is not None]
    if counts and all(a.response == "IGNORED" for a in counts):
        return Outcome("NE", confounded(case))
    return Outcome("NE", "onset_not_observed")


def died_of_bleed(case: Case) -> Bleed | None:
    """ "The patient died during, or within 7 d after the last recorded day of, a bleed of WHO 4, CTCAE 5 or ITP-BAT 5".

    Open: in ITP only, where bleeds are assessed; the death lies in the course's window.
    """
    died_on = case.patient.died_on
    if not case.itp or died_on is None or not case.window.holds(died_on):
        return None
    fatal = [
        b
        for b in case.bleeds
        if b.grade >= FATAL_GRADE.get(b.scale, 99)
        and b.day <= died_on <= days_after(last_day(b), FATAL_BLEED_DAYS)
    ]
    return min(fatal, key=lambda b: (b.day, b.row), default=None)


def wants_baseline(case: Case, assessment: Assessment) -> bool:
    """ "A value that could not be judged for want of a baseline, or with one known only as a limit"."""
    if assessment.count is None or assessment.shows() != "UNKNOWN" or assessment.unknown_events:
        return False
    value = assessment.count.value
    related = case.doubled(value) if case.itp else case.risen(value)
    return related is None and (case.baseline is None or case.baseline.is_limit)


def wants_markers(case: Case, assessment: Assessment) -> bool:
    return (
        not case.itp
        and assessment.count is not None
        and assessment.shows() == "UNKNOWN"
        and assessment.hemolysis == "unknown"
        and assessment.count.value.above(COMPLETE_HEMOGLOBIN) is not False
    )


def all_washed_out(assessments: Sequence[Assessment]) -> bool:
    return bool(assessments) and all(a.response == "IGNORED" for a in assessments)


def without_response(core: Core) -> Outcome:
    """K1, its steps in their order: no confirmed attributed run. [DEF-ITP-21, DEF-AIHA-08]"""
    case, course = core.case, core.case.course
    assessments = case.assessments
    inefficacy_next = bool(case.window.next_reasons & STARTED_FOR_LOSS)

    # 1. "no assessment in the window: NE no_counts (all of them washed out: NE rescue_confounded in ITP,
    #    transfusion_confounded in AIHA)"
    if not assessments:
        return Outcome("NE", "no_counts")
    if all_washed_out(assessments):
        return Outcome("NE", confounded(case))

    # 2. "a confirmed run that began after the attribution limit: K2"; "of a course stopped with stop_reason inefficacy
    #    this goes first: a passing run, confirmed or not, that begins later than the stop plus the earliest day of
    #    failure is not attributed: NR stopped_for_inefficacy"
    if core.uncredited:
        return Outcome("NR", "stopped_for_inefficacy")
    if core.late is not None:
        return late_outcome(case, core.late)

    # 3. "a passing run that began within the attribution limit and is not followed by a failing assessment: NE
    #    unconfirmed"
    for run in passing_runs(assessments):
        followed_by_failure = any(a.shows() == "FAIL" for a in assessments if a.day > run[-1].day)
        if run[0].day <= case.attributed_until and not followed_by_failure:
            return Outcome("NE", "unconfirmed")

    # 4. "two consecutive failing assessments >= 1 d apart, the second on or after the earliest day of failure: NR
    #    failing_confirmed; the evidence cites the last such pair that begins within the attribution limit, else the
    #    last such pair"
    pairs = [p for p in failing_pairs(assessments) if p.confirming.day >= case.failing_from]
    if pairs:
        within = [p for p in pairs if p.first.day <= case.attributed_until]
        return Outcome("NR", "failing_confirmed", pair=(within or pairs)[-1])

    # 5. "the window was closed by a next line for inefficacy or relapse, or the course was stopped with stop_reason
    #    inefficacy, and the last assessment fails". Open: where both hold the next course gives the reason.
    fails = last_fails(assessments)
    last = [a for a in assessments if a.shows() not in SET_ASIDE][-1] if fails else None
    if fails and inefficacy_next:
        return Outcome("NR", "next_course_for_inefficacy", failing=last)
    if fails and course.stop_reason == "inefficacy":
        return Outcome("NR", "stopped_for_inefficacy", failing=last)

    # 6. "the patient died during, or within 7 d after ... a bleed of WHO 4, CTCAE 5 or ITP-BAT 5, and the last
    #    assessment fails: NR died_failing"
    if fails and died_of_bleed(case) is not None:
        return Outcome("NR", "died_failing", failing=last)

    # 7. "every assessment was passed over for another cause (K6): NE other_cause"
    if all(a.shows() == "PASSED_OVER" for a in assessments):
        return Outcome("NE", "other_cause")

    # 8. "a value that could not be judged for want of a baseline, or with one known only as a limit: NE
    #    baseline_missing; for want of markers: NE hemolysis_unknown"
    if any(wants_baseline(case, a) for a in assessments):
        return Outcome("NE", "baseline_missing")
    if any(wants_markers(case, a) for a in assessments):
        return Outcome("NE", "hemolysis_unknown")

    # 9. "NE too_early where every assessment lies before the earliest day of failure; else, where every count was
    #    washed out, as in step 1; else NE unconfirmed"
    if all(a.day < case.failing_from for a in assessments):
        return Outcome("NE", "too_early")
    if all_washed_out([a for a in assessments if a.count is not None]):
        return Outcome("NE", confounded(case))
    return Outcome("NE", "unconfirmed")


# ---------------------------------------------------------------------------------------------------------
# Outcomes at fixed times
# ---------------------------------------------------------------------------------------------------------


def landmark(case: Case, name: str) -> bool | None:
    """The response at a fixed time by the nearest count alone; None where nobody can know. [DEF-ITP-20]"""
    if not case.itp:
        return None
    after, half_width = LANDMARKS[name]
    target = days_after(case.course.started_on, after)
    near = [
        count
        for day, count in case.counts.items()
        if case.window.holds(day) and abs(days_between(target, day)) <= half_width
    ]
    if not near:
        return None
    value = min(near, key=lambda c: (abs(days_between(target, c.day)), c.day)).value
    if name == "rem_12m":
        return value.above(REMISSION_PLATELETS)
    return both(value.at_least(RESPONSE_PLATELETS), case.doubled(value))


# ---------------------------------------------------------------------------------------------------------
# Remission off treatment
# ---------------------------------------------------------------------------------------------------------


def off_treatment(case: Case, level: Decimal) -> bool | None:
    """ "At 180 d from last dose; every count must hold, one count must exist at >=180 d, otherwise null (not false)",
    with "no ITP drug or rescue" in that time. [DEF-TFR-01]

    The count that answers is the first at 180 days or later; what comes after it is its duration. A next course before
    180 days is a drug; treatment for the other lineage leaves the answer open.
    """
    off = case.course.off_treatment_from
    if off is None or not case.itp:
        return None
    after = sorted(day for day in case.counts if case.window.holds(day) and day > off)
    half_a_year = days_after(off, OFF_TREATMENT_DAYS)
    answer = next((day for day in after if day >= half_a_year), None)
    asked = [case.counts[day].value for day in after if answer is None or day <= answer]
    until = min(answer or half_a_year, case.window.end)
    rescued = any(off < r.day <= until for r in case.patient.rescues)
    next_too_early = case.window.closed_by == "next_course" and case.window.end < half_a_year
    if rescued or next_too_early or any(value.at_least(level) is False for value in asked):
        return False
    return True if answer is not None and all(value.at_least(level) is True for value in asked) else None


def describe_off_treatment(case: Case, verdict: Verdict) -> None:
    """Both levels, and the days from the last dose to the last count of the window."""
    off = case.course.off_treatment_from
    if off is None or not case.itp:
        return
    verdict.srot30 = off_treatment(case, OFF_TREATMENT_PLATELETS["srot30"])
    verdict.srot50 = off_treatment(case, OFF_TREATMENT_PLATELETS["srot50"])
    last = max((day for day in case.counts if case.window.holds(day)), default=off)
    verdict.days_off = max(0, days_between(off, last))


# ---------------------------------------------------------------------------------------------------------
# Evidence
# ---------------------------------------------------------------------------------------------------------

EVENT_SOURCE = {Bleed: "bleed", Transfusion: "transfusion", Rescue: "rescue", Bridge: "dose_step"}
EVENT_PREDICATE = {
    Bleed: "no_bleeding",
    Transfusion: "transfusion_free",
    Rescue: "rescue",
    Bridge: "rescue",
}


def recorded(step: str, source: str, row: int, day: date) -> Evidence:
    """A fact that is no count and no event of its own."""
    return Evidence(step, source, row, day, "recorded", None, None, True)


def cite_dose(held: Held) -> Evidence:
    return Evidence("dose", "dose_step", held.step.row, held.first, "above", DEPENDENCE_DOSE, held.dose, True)


def demanded(case: Case, assessment: Assessment, count: Count, lens: str) -> tuple[str, Decimal, bool]:
    """The predicate and the value that the lens asks of a count, and whether the count is known to meet it."""
    value, baseline = count.value, case.baseline
    if lens == "fall":
        return "fall_from_peak", RELAPSE_HEMOGLOBIN, value.at_least(RELAPSE_HEMOGLOBIN) is True
    if case.itp:
        complete = "at_least", COMPLETE_PLATELETS, value.at_least(COMPLETE_PLATELETS) is True
        if lens == "complete":
            return complete
        if case.floor:
            return "at_least", HELD_PLATELETS, value.at_least(HELD_PLATELETS) is True
        if baseline is None:
            return complete
        fold = RESPONSE_FOLD * baseline.printed
        if fold >= COMPLETE_PLATELETS:  # CR asks for no doubling
            return complete
        enough = both(value.at_least(RESPONSE_PLATELETS), case.doubled(value))
        met = either(value.at_least(COMPLETE_PLATELETS), enough) is True
        return (
            ("at_least", RESPONSE_PLATELETS, met)
            if fold <= RESPONSE_PLATELETS
            else (
                "fold_of_baseline",
                fold,
                met,
            )
        )
    above = "above", COMPLETE_HEMOGLOBIN, value.above(COMPLETE_HEMOGLOBIN) is True
    if lens == "complete":
        return above
    if case.floor:
        return "above", HELD_HEMOGLOBIN, value.above(HELD_HEMOGLOBIN) is True
    risen = case.risen(value)
    if baseline is None or (assessment.response == "PASS" and risen is not True):
        return above  # CR asks for no rise
    return "rise_above", baseline.printed + PARTIAL_RISE, risen is True


def cite_event(step: str, events: Sequence[Event | WashOut]) -> Evidence:
    """Of what happened the row logged first; a bridge of another course only where nothing else is there."""
    e = min(events, key=lambda x: (isinstance(x, Bridge), x.row, x.day))
    return Evidence(step, EVENT_SOURCE[type(e)], e.row, e.day, EVENT_PREDICATE[type(e)], None, None, False)


def cite(case: Case, step: str, assessment: Assessment, lens: str = "response") -> list[Evidence]:
    """The count of the assessment, the markers it rests on, and what happened that day if that decided."""
    rows = []
    if assessment.count is not None:
        count = assessment.count
        predicate, threshold, held = demanded(case, assessment, count, lens)
        rows.append(
            Evidence(step, "observation", count.row, count.day, predicate, threshold, count.printed, held)
        )
        above = count.value.above(COMPLETE_HEMOGLOBIN) is True
        by_rise = case.floor or case.risen(count.value) is True
        if not case.itp and lens == "response" and above and not by_rise:
            rows += telling_markers(case, assessment)
    happened: Sequence[Event | WashOut] = assessment.fail_events or assessment.bleeds
    if assessment.response == "UNKNOWN":
        happened = assessment.unknown_events
    if not happened and assessment.response == "IGNORED" and step == "refutes_better":
        happened = assessment.wash_outs
    if happened:
        rows.append(cite_event(step, happened))
    return rows


def cite_marker(result: Observation) -> Evidence:
    normal = state_of(result) == "normal"
    return Evidence("hemolysis", "observation", result.row, result.day, "no_hemolysis", None, None, normal)


def telling_markers(case: Case, assessment: Assessment) -> list[Evidence]:
    """The abnormal result logged first, if there is hemolysis; else of each marker the result that spoke."""
    nearest = nearest_markers(case.markers, assessment.day)
    spoke = {
        marker: min((o for o in results if state_of(o) == marker_state(results)), key=lambda o: o.row)
        for marker, results in nearest.items()
    }
    if assessment.hemolysis == "present":
        abnormal = [o for o in spoke.values() if state_of(o) == "abnormal"]
        return [cite_marker(min(abnormal, key=lambda o: o.row))]
    return [cite_marker(spoke[m]) for m in MARKERS if m in spoke]


def highest(assessments: Iterable[Assessment]) -> Assessment | None:
    """Of the assessments with a count the highest, of equal ones the earliest; of a limit its lower end."""
    counted = [(a, a.count) for a in assessments if a.count is not None]
    best = max(
        counted, key=lambda x: (x[1].value.low, x[1].value.low_open, -x[0].day.toordinal()), default=None
    )
    return None if best is None else best[0]


def refutes_complete(case: Case, spans: Sequence[tuple[date, date]]) -> list[Evidence]:
    """The best count of each span of days that is not CR: why the response is not complete."""
    rows: list[Evidence] = []
    cited: list[Assessment] = []
    for first, last in spans:
        best = highest(
            a for a in case.assessments if first <= a.day <= last and a.complete not in ("PASS", "IGNORED")
        )
        if best is not None and best not in cited:
            cited.append(best)
            rows += cite(case, "refutes_better", best, "complete")
            rows += [] if case.itp else telling_markers(case, best)
    return rows


def refutes_response(case: Case, verdict: Verdict, late_shown: bool) -> list[Evidence]:
    """The best count of the whole window: even that one made no response. None where a late run is cited.

    Where nothing could be evaluated it is the best count that does not fail; where the next course began or the course
    was stopped for inefficacy the last assessment, which keeps that from being a failure; and where steroids held the
    response it is the last assessment too: until then they were seen to be needed.
    """
    if late_shown:
        return []
    counted = [a for a in case.assessments if a.response != "IGNORED"]
    quiet = [a for a in counted if a.count is not None and not a.fail_events and not a.unknown_events]
    best = highest(quiet)
    if verdict.best_response == "NE":
        best = highest(a for a in quiet if a.response != "FAIL") or best
        judged = bool(case.window.next_reasons & STARTED_FOR_LOSS) or case.stopped_for_inefficacy
        if judged and counted:
            best = counted[-1]
    if verdict.reason == "corticosteroid_dependent":
        best = case.assessments[-1]
    if best is None:
        return []
    rows = cite(case, "refutes_better", best)
    bled = min((b.day for b in best.bleeds if b.day < best.day), default=None)
    if verdict.best_response == "NE" and best.shows() == "FAIL" and bled is not None:
        # The bleed failed before the count did: what came between and kept the two from confirming one another?
        between = [a for a in counted if a.shows() == "UNKNOWN" and bled < a.day < best.day]
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


def cite_closing(window: Window) -> list[Evidence]:
    """The course that closed the window; of several of that day the one logged first."""
    if window.closed_by is None:
        return []
    first = min(window.closing, key=lambda c: c.row)
    return [recorded(window.closed_by, "course", first.row, first.started_on)]


def cite_stop(course: Course) -> list[Evidence]:
    return [] if course.stopped_on is None else [recorded("stopped", "course", course.row, course.stopped_on)]


def cite_cause(case: Case) -> list[Evidence]:
    """The cause that explains the first assessment passed over; of several the one logged first."""
    for a in case.assessments:
        if a.shows() == "PASSED_OVER":
            cause = min(case.causes_on(a.day), key=lambda c: c.row)
            return [recorded("other_cause", "other_cause", cause.row, cause.day)]
    return []


def lost_evidence(case: Case, follow: FollowUp) -> list[Evidence]:
    opened, confirmed = follow.opened_by, follow.confirmed_by
    rows: list[Evidence] = []

    def lens(a: Assessment) -> str:
        return "fall" if a.day in follow.fell_from_peak else "response"

    if opened is not None:
        peak = follow.fell_from_peak.get(opened.day)
        if peak is not None and peak.day > case.window.start:
            rows += cite(case, "peak", case.assess(peak.day))
        rows += cite(case, "lost", opened, lens(opened))
        if confirmed is not None and follow.unexplained_rescue:
            rows.append(cite_event("lost_confirming", confirmed.unknown_events))
        elif confirmed is not None and confirmed.day != opened.day:
            rows += cite(case, "lost_confirming", confirmed, lens(confirmed))
    return rows


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
    "DEF-ITP-21",
    "DEF-AIHA-08",
    "DEF-ITP-22",
    "DEF-AIHA-09",
    "DEF-ITP-23",
    "DEF-ITP-24",
    "DEF-ITP-25",
    "DEF-ITP-26",
    "DEF-ITP-27",
    "DEF-ITP-28",
    "DEF-ITP-29",
    "DEF-LINE-07",
    "DEF-LINE-08",
    "DEF-AIHA-10",
    "DEF-UNIT-03",
)


def baseline_evidence(case: Case) -> list[Evidence]:
    count = case.own_baseline
    if count is None:
        return []
    return [Evidence("baseline", "observation", count.row, count.day, "baseline", None, count.printed, True)]


def baseline_defaults(case: Case) -> dict[str, bool]:
    """The readings of the baseline, of the day's value and of one start day: those of every course."""
    baseline = case.own_baseline
    doubted = case.passed_over or (baseline is not None and baseline.day < case.baseline_at)
    return {
        "DEF-ITP-01": case.itp and doubted,
        "DEF-AIHA-04": not case.itp and doubted,
        "DEF-ITP-17": case.itp and baseline is None,
        "DEF-ITP-23": case.passed_over_bridge,
        "DEF-ITP-26": case.itp and baseline is not None and baseline.chosen,
        "DEF-ITP-28": shares_start(case),
        "DEF-UNIT-03": baseline is not None and baseline.is_limit,
    }


def window_defaults(case: Case) -> dict[str, bool]:
    """The readings of the baseline and of the window, whatever the call says."""
    itp, seen = case.itp, case.assessments
    counts = [a.count for a in seen if a.count is not None]
    ignored = any(a.response == "IGNORED" for a in seen)
    passed_over = any(a.shows() == "PASSED_OVER" for a in seen)
    above_120 = not itp and any(c.value.above(COMPLETE_HEMOGLOBIN) is True for c in counts)
    applied = baseline_defaults(case)
    return applied | {
        "DEF-EV-02": case.window.closed_by == "other_lineage_course",
        "DEF-LINE-03": is_observation(case.course),
        "DEF-UNIT-03": applied["DEF-UNIT-03"] or any(c.is_limit for c in counts),
        "DEF-ITP-05": itp and any(a.bleeds for a in seen),
        "DEF-ITP-06": itp and ignored,
        "DEF-ITP-16": itp
        and case.window.closed_by == "next_course"
        and any(a.day == case.window.end for a in seen),
        "DEF-ITP-23": applied["DEF-ITP-23"] or bridge_washed_out(case),
        "DEF-ITP-24": itp and passed_over,
        "DEF-ITP-26": applied["DEF-ITP-26"] or (itp and any(c.chosen for c in counts)),
        "DEF-AIHA-02": above_120,
        "DEF-AIHA-03": not itp and (ignored or any(a.fail_events for a in seen)),
        "DEF-AIHA-06": not itp and passed_over,
        "DEF-AIHA-10": above_120,
    }


def in_order(applied: dict[str, bool]) -> tuple[str, ...]:
    return tuple(name for name in ORDER_OF_DEFAULTS if applied.get(name))


def shares_start(case: Case) -> bool:
    """ "Two courses of one episode with one start day: ... flag shared_start on both". [DEF-ITP-28]"""
    own = case.course
    return any(
        c.row != own.row
        and (c.disease, c.episode, c.started_on) == (own.disease, own.episode, own.started_on)
        for c in case.patient.courses
    )


def long_gap(assessments: Sequence[Assessment], until: date | None) -> bool:
    """ "Two consecutive assessments of the window, up to the loss (or the last), more than 365 d apart". [DEF-ITP-29]

    Where the follow-up went on through a maintenance course its window goes on too.
    """
    seen = [a for a in assessments if until is None or a.day <= until]
    return any(days_between(a.day, b.day) > LONG_GAP for a, b in itertools.pairwise(seen))


def base_flags(case: Case, assessments: Sequence[Assessment]) -> set[str]:
    """The flags that a course carries whether or not it is judged for response."""
    counts = [case.own_baseline, *(a.count for a in assessments)]
    ignored = any(a.response == "IGNORED" for a in assessments)
    flags = {
        "thrombocytosis": case.itp
        and any(a.count is not None and a.count.value.above(THROMBOCYTOSIS) is True for a in assessments),
        "rescue_confounded": case.itp and ignored,
        "transfusion_confounded": not case.itp and ignored,
        "baseline_missing": case.own_baseline is None,
        "shared_start": shares_start(case),
        "edta_discordant": any(c is not None and c.discordant for c in counts),
    }
    return {name for name, raised in flags.items() if raised}


def with_baseline(case: Case, best_response: str, reason: str | None) -> Verdict:
    verdict = Verdict(best_response, reason)
    if case.own_baseline is not None:
        verdict.baseline = case.own_baseline.printed
        verdict.baseline_comparator = case.own_baseline.comparator
    return verdict


def judge_note(case: Case) -> Verdict:
    """ "After an active course it is a note: never judged (NE observation_after_treatment)." [DEF-LINE-08]"""
    verdict = with_baseline(case, "NE", "observation_after_treatment")
    verdict.flags = frozenset(base_flags(case, []))
    verdict.defaults_applied = in_order({**baseline_defaults(case), "DEF-LINE-03": True, "DEF-LINE-08": True})
    verdict.evidence = tuple(baseline_evidence(case))
    return verdict


def judge_followed(patient: Patient, course: Course, carried: Carried) -> Verdict:
    """Started in response: "It is followed: held_until / lost_on are stored and shown." [DEF-LINE-07]

    "Held means response or better, measured from the baseline of the course that brought the response; without one,
    at least 30 (ITP) or above 100 g/L (AIHA) alone."
    Open: its own agents wash nothing out of its own follow-up, those of other courses do; the follow-up is that of its
    own window, and ends at a rescue for an unknown reason.
    """
    case = case_of_followed(patient, course, carried)
    follow = follow_up(case, carried.since, course.started_on, case.window, None)

    verdict = with_baseline(case, "NE", "started_in_response")
    verdict.held_until = None if follow.last_pass is None else follow.last_pass.day
    verdict.lost_on = follow.relapsed_on
    describe_off_treatment(case, verdict)
    flags = base_flags(case, case.assessments)
    if long_gap(case.assessments, follow.relapsed_on):
        flags.add("long_gap")
    verdict.flags = frozenset(flags)
    applied = window_defaults(case)
    applied |= {
        "DEF-LINE-02": True,
        "DEF-LINE-07": True,
        "DEF-ITP-08": case.itp and (follow.relapse_by_treatment or follow.censored_by_rescue_on is not None),
        "DEF-AIHA-06": applied["DEF-AIHA-06"] or (not case.itp and follow.relapsed_on is not None),
        "DEF-ITP-29": "long_gap" in flags,
    }
    verdict.defaults_applied = in_order(applied)
    rows = baseline_evidence(case) + lost_evidence(case, follow)
    if follow.last_pass is not None:
        rows += cite(case, "held", follow.last_pass)
    if follow.relapse_by_next_course:
        rows += cite_closing(follow.window)
    verdict.evidence = cited_once(rows)
    return verdict


def judge(patient: Patient, course: Course, data_cut: date | None = None) -> Verdict:
    """Judge one course of a patient, as known on the data cut (None: everything is known)."""
    if data_cut is not None:
        patient = known_on(patient, data_cut)
        course = next(c for c in patient.courses if c.row == course.row)
    if is_note(patient, course):
        return judge_note(Case(patient, course))
    chart = Chart(patient)
    carried = chart.carried_into(course)
    if carried is not None:
        return judge_followed(patient, course, carried)
    return judge_response(chart, course)


def judge_response(chart: Chart, course: Course) -> Verdict:
    core = chart.core(course)
    case, response = core.case, core.response
    verdict = with_baseline(case, "NE", None)
    rows: dict[str, list[Evidence]] = {}
    flags: set[str] = set()
    outcome: Outcome | None = None
    follow: FollowUp | None = None

    if response is not None:
        follow = core.follow if core.dependent else chart.follow_through(core)
        assert follow is not None
        rows["response"] = cite(case, "onset", response.first)
        rows["response"] += cite(case, "confirming", response.confirming)
        rows["lost"] = lost_evidence(case, follow)
        if follow.open_at_end:
            flags.add("unconfirmed_loss")
        if core.dependent:
            flags.add("corticosteroid_dependent")
            verdict.best_response, verdict.reason = "NR", "corticosteroid_dependent"
            needed = needing(case)
            rows["dose"] = [] if needed is None else [needed]
        else:
            _describe_response(case, response, follow, verdict, rows)
            held = prolonged(case, response.first.day, follow)
            if held is not None:
                flags.add("prolonged_corticosteroid")
                rows["dose"] = [cite_dose(held)]
    else:
        outcome = without_response(core)
        verdict.best_response, verdict.reason = outcome.best_response, outcome.reason
        rows |= _describe_no_response(core, outcome)
        if (
            outcome.pair is not None
            and days_between(outcome.pair.first.day, outcome.pair.confirming.day) > LONG_GAP_OF_PAIR
        ):
            flags.add("long_gap")
    if verdict.best_response in ("NR", "NE"):
        rows["refutes"] = refutes_response(case, verdict, response is None and bool(rows.get("response")))

    followed = case.between(course.started_on, follow.window.end) if follow else case.assessments
    if long_gap(followed, follow.relapsed_on if follow else None):
        flags.add("long_gap")

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
    describe_off_treatment(case, verdict)

    verdict.flags = frozenset(flags | _flags(case, verdict, follow))
    verdict.defaults_applied = in_order(_defaults(core, verdict, follow))
    steps = (
        *("response", "complete", "hemolysis", "refutes", "failing", "lost", "cr_lost", "censoring"),
        *("closing", "other_cause", "death", "stopped", "dose"),
    )
    verdict.evidence = cited_once(
        [*baseline_evidence(case), *(row for step in steps for row in rows.get(step, []))]
    )
    return verdict


def _describe_response(
    case: Case, response: Pair, follow: FollowUp, verdict: Verdict, rows: dict[str, list[Evidence]]
) -> None:
    """CR or the level below it, its loss and its duration."""
    onset_on = response.first.day
    last_pass = follow.last_pass or response.first
    verdict.onset_on = onset_on
    verdict.relapsed_on = follow.relapsed_on

    complete = complete_response(case, response.first, follow)
    if complete is not None:
        verdict.best_response = "CR"
        verdict.cr_onset_on = complete.first.day
        rows["complete"] = cite(case, "cr_onset", complete.first, "complete")
        rows["complete"] += cite(case, "cr_confirming", complete.confirming, "complete")
        if not case.itp:
            rows["hemolysis"] = [
                *telling_markers(case, complete.first),
                *telling_markers(case, complete.confirming),
            ]
        lost = loss_of_complete_response(case, complete.first, follow)
        lost_on = [lost.first.day] if lost else []
        verdict.lost_cr_on = min(
            [*lost_on, *([follow.relapsed_on] if follow.relapsed_on else [])], default=None
        )
        if lost is not None and lost.first.day == verdict.lost_cr_on != follow.relapsed_on:
            rows["cr_lost"] = cite(case, "cr_lost", lost.first, "complete")
            if lost.confirming.day != lost.first.day:
                rows["cr_lost"] += cite(case, "cr_lost_confirming", lost.confirming, "complete")
    else:
        verdict.best_response = "R" if case.itp else "PR"
        confirmed_on = response.confirming.day
        spans = [(onset_on, confirmed_on)]
        if last_pass.day > confirmed_on:
            spans.append((confirmed_on, last_pass.day))
        rows["refutes"] = refutes_complete(case, spans)

    died_on = case.patient.died_on
    rescued_on = follow.censored_by_rescue_on
    censoring = cite(case, "censoring", last_pass) if last_pass.day > response.confirming.day else []
    if follow.relapsed_on is not None:
        verdict.duration_status = "event"
        verdict.duration_of_response_days = days_between(onset_on, follow.relapsed_on)
        rows["censoring"] = censoring if follow.opened_by is None else []
        rows["closing"] = cite_closing(follow.window) if follow.relapse_by_next_course else []
        return
    # "A death ends a duration only if the last responding count is at most 180 d older, else the duration is censored
    # at that count." [DEF-ITP-11, DEF-ITP-29]
    rows["censoring"] = censoring
    died_in_response = (
        died_on is not None
        and onset_on <= died_on <= follow.window.end
        and not (rescued_on is not None and rescued_on < died_on)
    )
    if died_in_response and died_on is not None and days_between(last_pass.day, died_on) <= DEATH_AFTER_COUNT:
        verdict.duration_status, verdict.censored_by = "death", "death"
        verdict.duration_of_response_days = days_between(onset_on, died_on)
        rows["death"] = [recorded("death", "patient", 0, died_on)]
    else:
        verdict.duration_status = "censored"
        verdict.censored_by = "rescue" if rescued_on is not None else follow.window.closed_by or "last_count"
        verdict.duration_of_response_days = days_between(onset_on, last_pass.day)
        rows["closing"] = cite_closing(follow.window) if rescued_on is None else []
    if rescued_on is not None and follow.confirmed_by is not None:
        rows["censoring"].append(cite_event("censoring", follow.confirmed_by.unknown_events))


def _describe_no_response(core: Core, outcome: Outcome) -> dict[str, list[Evidence]]:
    """What the evidence cites of a course without an attributed response."""
    case = core.case
    rows: dict[str, list[Evidence]] = {}
    if core.late is not None and not core.uncredited and not all_washed_out(case.assessments):
        rows["response"] = cite(case, "late_onset", core.late.first)
        rows["response"] += cite(case, "late_confirming", core.late.confirming)
    if core.uncredited and outcome.reason == "stopped_for_inefficacy":
        rows["response"] = cite(case, "late_onset", core.uncredited[0])
    if outcome.pair is not None:
        rows["failing"] = cite(case, "failing", outcome.pair.first)
        rows["failing"] += cite(case, "failing_confirming", outcome.pair.confirming)
    if outcome.failing is not None:
        rows["failing"] = cite(case, "failing", outcome.failing)
    if outcome.reason == "next_course_for_inefficacy":
        rows["closing"] = cite_closing(case.window)
    if outcome.reason == "stopped_for_inefficacy":
        rows["stopped"] = cite_stop(case.course)
    if outcome.reason == "other_cause":
        rows["other_cause"] = cite_cause(case)
    if outcome.reason == "died_failing":
        bleed, died_on = died_of_bleed(case), case.patient.died_on
        assert bleed is not None
        assert died_on is not None
        rows["death"] = [cite_event("death", [bleed]), recorded("death", "patient", 0, died_on)]
    return rows


def _flags(case: Case, verdict: Verdict, follow: FollowUp | None) -> set[str]:
    best = verdict.best_response
    responded = best in ("CR", "R", "PR")
    relapsed_on = verdict.relapsed_on or date.max
    flags = {
        "spontaneous": is_observation(case.course) and responded,
        # "no bleed row of the patient, grade 0 included, begins up to the last day of the window" [DEF-ITP-05]
        "bleeding_not_recorded": case.itp
        and responded
        and not any(b.day <= case.window.end for b in case.patient.bleeds),
        "cr_unassessable": best == "PR"
        and any(
            verdict.onset_on is not None
            and verdict.onset_on <= a.day < relapsed_on
            and a.count is not None
            and a.count.value.above(COMPLETE_HEMOGLOBIN) is True
            and not a.wash_outs
            and not a.fail_events
            and a.hemolysis == "unknown"
            for a in case.assessments
        ),
        "late_response": verdict.reason == "late_response",
        "unconfirmed": verdict.reason == "unconfirmed",
        "attribution_default": limit_is_default(case.course),
        "steroid_dose_unknown": steroid_dose_unknown(case),
        "continued_under_maintenance": follow is not None and follow.continued and responded,
    }
    return base_flags(case, case.assessments) | {name for name, raised in flags.items() if raised}


def bridge_washed_out(case: Case) -> bool:
    """A count that nothing but a bridge of another course set aside."""
    return any(
        a.response == "IGNORED" and all(isinstance(w, Bridge) for w in a.wash_outs) for a in case.assessments
    )


def _defaults(core: Core, verdict: Verdict, follow: FollowUp | None) -> dict[str, bool]:
    """When a declared reading counts as one that the call rests on. Those of section K:

    DEF-ITP-21, DEF-AIHA-08  no attributed response, and one of the steps 3 to 6 or the last of K1 gave the reason
    DEF-ITP-22, DEF-AIHA-09  a run was confirmed after the limit, or began too long after a stop for inefficacy
    DEF-ITP-04, DEF-AIHA-05  a run was confirmed after the limit
    DEF-ITP-23  a bridge decided the baseline, or a count was set aside by nothing else
    DEF-ITP-24  a failing assessment of ITP was passed over for another cause (in AIHA it is DEF-AIHA-06)
    DEF-ITP-25  flag prolonged_corticosteroid or steroid_dose_unknown, or reason corticosteroid_dependent
    DEF-ITP-26  a day had several results     DEF-ITP-27  flag attribution_default
    DEF-ITP-28  flag shared_start             DEF-ITP-29  flag long_gap by K13, or a death that ended no duration
    DEF-LINE-07 reason started_in_response, or flag continued_under_maintenance
    DEF-LINE-08 reason observation_after_treatment
    DEF-AIHA-10 as DEF-AIHA-02, DEF-UNIT-03 where a count or the baseline is a limit
    The readings 27, 28 and 29 hold for both lineages.
    """
    case = core.case
    itp, flags = case.itp, verdict.flags
    relapsed_on, lost_cr_on = verdict.relapsed_on, verdict.lost_cr_on
    responded = core.response is not None
    by_treatment = relapsed_on is not None and follow is not None and follow.relapse_by_treatment
    deepened = (
        verdict.best_response == "CR"
        and verdict.cr_onset_on is not None
        and verdict.onset_on is not None
        and verdict.cr_onset_on > verdict.onset_on
    )
    washed = all_washed_out(case.assessments)
    in_vain = not responded and not washed and bool(core.uncredited)
    late = not responded and not washed and not in_vain and core.late is not None
    timed = (
        not late
        and not in_vain
        and verdict.reason
        in (
            *("failing_confirmed", "next_course_for_inefficacy", "stopped_for_inefficacy", "died_failing"),
            *("too_early", "unconfirmed"),
        )
    )
    died_on = case.patient.died_on
    death_too_late = (
        verdict.duration_status == "censored"
        and verdict.onset_on is not None
        and follow is not None
        and died_on is not None
        and verdict.onset_on <= died_on <= follow.window.end
        and verdict.censored_by != "rescue"
    )
    gap = long_gap(
        case.between(case.course.started_on, follow.window.end) if follow else case.assessments,
        follow.relapsed_on if follow else None,
    )
    applied = window_defaults(case)
    applied |= {
        "DEF-EV-02": applied["DEF-EV-02"]
        or (follow is not None and follow.window.closed_by == "other_lineage_course"),
        "DEF-LINE-07": "continued_under_maintenance" in flags,
        "DEF-ITP-27": "attribution_default" in flags,
        "DEF-ITP-29": gap or death_too_late,
    }
    if itp:
        applied |= {
            "DEF-ITP-02": responded,
            "DEF-ITP-04": late,
            "DEF-ITP-07": lost_cr_on is not None and lost_cr_on != relapsed_on,
            "DEF-ITP-08": by_treatment or verdict.censored_by in ("rescue", "next_course"),
            "DEF-ITP-09": bool(flags & {"unconfirmed", "unconfirmed_loss"}),
            "DEF-ITP-11": verdict.duration_status in ("censored", "death"),
            "DEF-ITP-12": verdict.reason == "corticosteroid_dependent",
            "DEF-ITP-15": deepened,
            "DEF-ITP-21": timed,
            "DEF-ITP-22": late or in_vain,
            "DEF-ITP-25": bool(
                flags & {"prolonged_corticosteroid", "steroid_dose_unknown", "corticosteroid_dependent"}
            ),
        }
    else:
        applied |= {
            "DEF-AIHA-01": responded,
            "DEF-AIHA-05": late,
            "DEF-AIHA-02": applied["DEF-AIHA-02"] or verdict.best_response == "CR",
            "DEF-AIHA-10": applied["DEF-AIHA-10"] or verdict.best_response == "CR",
            "DEF-AIHA-06": applied["DEF-AIHA-06"] or relapsed_on is not None,
            "DEF-AIHA-07": "cr_unassessable" in flags,
            "DEF-AIHA-08": timed,
            "DEF-AIHA-09": late or in_vain,
        }
    return applied
