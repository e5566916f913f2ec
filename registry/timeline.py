"""One patient through time, in small lists of rows: what the patient page shows and the timeline draws."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from adjudication.criteria import DEFAULTS, Criteria
from adjudication.terms import Predicate, Source, Step
from registry import sql
from registry.database import Database
from registry.errors import Usage
from registry.roles import Actor, Permission

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Timeline:
    """Everything recorded about one patient, current versions only, each part ordered by date.

    A part is a list of rows with the names of `COLUMNS`; None = not recorded. Values are in the canonical unit
    of their analyte (platelets 10*9/L, hemoglobin g/L).
    """

    patient_id: str
    site: str | None
    sex: str | None
    born_on: date | None
    last_contact_on: date | None
    died_on: date | None
    death_cause: str | None
    episodes: Rows
    courses: Rows
    agents: Rows
    observations: Rows
    bleeds: Rows
    transfusions: Rows
    rescues: Rows
    exposures: Rows
    adverse_events: Rows
    other_causes: Rows
    calls: Rows
    evidence: Rows

    @property
    def diseases(self) -> tuple[str, ...]:
        """Diseases of the patient's episodes in order of onset; two of them are Evans syndrome."""
        return tuple(dict.fromkeys(row["disease"] for row in self.episodes))

    @property
    def is_evans(self) -> bool:
        return len(self.diseases) > 1


COLUMNS: dict[str, tuple[str, ...]] = {
    "episodes": (
        "episode_id",
        "disease",
        "onset_on",
        "diagnosed_on",
        "primary_or_secondary",
        "cause",
        "dat_result",
        "ended_on",
    ),
    "courses": (
        "course_id",
        "episode_id",
        "disease",
        "line_number",
        "regimen",
        "agents",
        "started_on",
        "stopped_on",
        "ongoing",
        "intent",
        "start_reason",
        "stop_reason",
        "until_on",
    ),
    "agents": (
        "course_id",
        "agent",
        "agent_class",
        "started_on",
        "stopped_on",
        "dose",
        "dose_unit",
        "route",
        "frequency",
    ),
    "observations": (
        "observation_id",
        "observed_on",
        "analyte",
        "value_canonical",
        "comparator",
        "not_evaluable",
        "value",
        "unit",
        "specimen",
        "quality",
    ),
    "bleeds": ("bleed_id", "started_on", "ended_on", "scale", "grade", "site", "itp_related"),
    "transfusions": ("transfusion_id", "given_on", "product", "units", "reason"),
    "rescues": ("rescue_id", "given_on", "agent", "reason"),
    "exposures": (
        "exposure_id",
        "agent",
        "setting",
        "started_on",
        "ended_on",
        "cycle",
        "dose_mg",
        "indication_on",
    ),
    "adverse_events": (
        "adverse_event_id",
        "category",
        "term",
        "onset_on",
        "ended_on",
        "ctcae_version",
        "ctcae_grade",
        "serious",
        "outcome",
    ),
    "other_causes": ("started_on", "ended_on", "disease", "cause"),
    "calls": (
        "course_id",
        "criteria_id",
        "criteria_hash",
        "engine_version",
        "best_response",
        "reason",
        "baseline",
        "onset_on",
        "cr_onset_on",
        "relapsed_on",
        "lost_cr_on",
        "duration_of_response_days",
        "duration_status",
        "censored_by",
        "flags",
        "defaults_applied",
        "to_judge",
    ),
    "evidence": (
        "course_id",
        "criteria_id",
        "step",
        "source",
        "source_id",
        "analyte",
        "observed_on",
        "predicate",
        "threshold",
        "value",
        "unit",
        "held",
    ),
}
"""The names of each part's rows; the queries in sql/queries/timeline_*.sql give them in this order."""


def timeline(
    db: Database, actor: Actor, patient_id: str, criteria_ids: Sequence[str] = tuple(DEFAULTS.values())
) -> Timeline:
    """Everything known now about one patient, with the calls under `criteria_ids`.

    Raises Usage if there is no such patient, NotPermitted if `actor` may not read at the patient's site; without
    the right to see calls, `calls` and `evidence` are empty.
    """
    found = db.rows(sql.text("queries/timeline_patient"), [patient_id])
    if not found:
        raise Usage(
            f"There is no patient {patient_id} in this registry. Check the pseudonym, or search for it."
        )
    key, name, site, sex, born_on, last_contact_on, died_on, death_cause = found[0]
    actor.require(Permission.READ, site)
    read = _Reader(db, key)
    episodes, courses, agents = read.courses()
    calls, evidence = read.calls(criteria_ids) if actor.may(Permission.READ_CALLS, site) else ([], [])
    observations, adverse_events = read.part("observations"), read.adverse_events()
    ends = [last_contact_on, died_on, *_days(observations, "observed_on"), *_days(courses, "stopped_on")]
    last = max((on for on in ends if on is not None), default=None)
    for course in courses:
        course["until_on"] = course["until_on"] or last
    return Timeline(
        patient_id=name,
        site=site,
        sex=sex,
        born_on=born_on,
        last_contact_on=last_contact_on,
        died_on=died_on,
        death_cause=death_cause,
        episodes=episodes,
        courses=courses,
        agents=agents,
        observations=observations,
        bleeds=read.part("bleeds"),
        transfusions=read.part("transfusions"),
        rescues=read.part("rescues"),
        exposures=read.part("exposures"),
        adverse_events=adverse_events,
        other_causes=read.part("other_causes"),
        calls=calls,
        evidence=evidence,
    )


class _Reader:
    """Reads one patient in plain statements by key: planning a join takes longer than reading these few rows."""

    def __init__(self, db: Database, patient_key: int) -> None:
        self.db = db
        self.patient_key = patient_key
        self.course_ids: dict[int, str] = {}

    def rows(self, query: str, names: Sequence[str], params: Sequence[Any]) -> Rows:
        found = self.db.rows(sql.text(f"queries/timeline_{query}"), params)
        return [dict(zip(names, row, strict=True)) for row in found]

    def part(self, name: str) -> Rows:
        """A part whose query takes the patient's key and gives its names."""
        return self.rows(name, COLUMNS[name], [self.patient_key])

    def courses(self) -> tuple[Rows, Rows, Rows]:
        """Episodes, courses and dose steps; a course has disease, regimen and line number as in course_view."""
        keys = self.rows("keys", ("episode_key", "episode_id", "course_key", "course_id"), [self.patient_key])
        episode_ids = {row["episode_key"]: row["episode_id"] for row in keys}
        episode_of = {row["course_key"]: row["episode_key"] for row in keys if row["course_key"] is not None}
        self.course_ids = {
            row["course_key"]: row["course_id"] for row in keys if row["course_key"] is not None
        }
        names = ("episode_key", *COLUMNS["episodes"][1:])
        known = {row["episode_key"]: row for row in self.rows("episodes", names, _span(episode_ids))}
        names = ("course_key", *COLUMNS["agents"][1:])
        agents = self.rows("agents", names, _span(self.course_ids))
        names = ("course_key", "line_number", *COLUMNS["courses"][6:12])
        courses = [
            row
            for row in self.rows("courses", names, _span(self.course_ids))
            if episode_of[row["course_key"]] in known
        ]
        for row in courses:
            episode = known[episode_of[row["course_key"]]]
            given = [agent for agent in agents if agent["course_key"] == row["course_key"]]
            row["disease"], row["episode_id"] = episode["disease"], episode_ids[episode["episode_key"]]
            row["agents"] = "+".join(sorted({agent["agent"] for agent in given})) or None
            row["regimen"] = "+".join(sorted({agent["agent_class"] for agent in given})) or None
        for rows in (courses, agents):
            for row in rows:
                row["course_id"] = self.course_ids[row.pop("course_key")]
        for key, row in known.items():
            row["episode_id"] = episode_ids[key]
            del row["episode_key"]
        courses.sort(key=lambda row: (row["started_on"], row["course_id"]))
        _number_lines(courses)
        return [*known.values()], courses, agents

    def adverse_events(self) -> Rows:
        ids = dict(self.db.rows(sql.text("queries/timeline_adverse_event_keys"), [self.patient_key]))
        if not ids:
            return []
        names = ("adverse_event_key", *COLUMNS["adverse_events"][1:])
        found = self.rows("adverse_events", names, _span(ids))
        return [{"adverse_event_id": ids[row.pop("adverse_event_key")]} | row for row in found]

    def calls(self, criteria_ids: Sequence[str]) -> tuple[Rows, Rows]:
        """Calls on current courses, and their evidence in words."""
        params = [self.patient_key, list(criteria_ids)]
        calls = self.rows("calls", ("course_key", *COLUMNS["calls"][1:]), params)
        names = (
            "course_key",
            "criteria_id",
            "step",
            "source",
            "row_key",
            "observed_on",
            "predicate",
            "threshold",
            "held",
        )
        found = self.rows("evidence", names, params) if calls else []
        cited: dict[tuple[int, int], tuple[Any, ...]] = {}
        if found:
            keys = sorted({row["row_key"] for row in found if row["row_key"] is not None})
            for source, row_key, *rest in self.db.rows(
                sql.text("queries/timeline_cited"), [self.patient_key, keys]
            ):
                cited[source, row_key] = tuple(rest)
        evidence = [self._told(row, cited.get((row["source"], row["row_key"]))) for row in found]
        for call in calls:
            call["course_id"] = self.course_ids[call.pop("course_key")]
        return calls, evidence

    def _told(self, row: dict[str, Any], cited: tuple[Any, ...] | None) -> dict[str, Any]:
        source_id, analyte, comparator, value = cited or (None, None, None, None)
        return {
            "course_id": self.course_ids[row["course_key"]],
            "criteria_id": row["criteria_id"],
            "step": _STEPS[row["step"]],
            "source": _SOURCES[row["source"]],
            "source_id": source_id,
            "analyte": analyte,
            "observed_on": row["observed_on"],
            "predicate": _PREDICATES[row["predicate"]],
            "threshold": row["threshold"],
            "value": None if value is None else f"{comparator or ''}{value:.15g}",
            "unit": UNITS.get(str(analyte)),
            "held": "yes" if row["held"] else "no",
        }


_STEPS = {int(one): one.word for one in Step}
_SOURCES = {int(one): one.word for one in Source}
_PREDICATES = {int(one): one.word for one in Predicate}
UNITS = {
    "platelets": "10*9/L",
    "hemoglobin": "g/L",
    "ldh": "U/L",
    "haptoglobin": "g/L",
    "bilirubin": "umol/L",
    "reticulocytes": "10*9/L",
}
"""The canonical unit of each analyte, as the bundle writes it."""


def _number_lines(courses: Rows) -> None:
    """Give each course its line as course_view does, and the day on which the next for the same disease began.

    `courses` are in order of start. A number that was supplied stays; observation is line 0 and is not counted.
    """
    counted: dict[str, int] = {}
    for row in courses:
        observed = row["intent"] == "observation" or row["agents"] == "observation"
        line = counted[row["disease"]] = counted.get(row["disease"], 0) + (not observed)
        if row["line_number"] is None:
            row["line_number"] = 0 if observed else line
        later = [
            other["started_on"]
            for other in courses
            if other["disease"] == row["disease"] and other["started_on"] > row["started_on"]
        ]
        row["until_on"] = min(later, default=None)


def _span(keys: Collection[int]) -> list[Any]:
    """The lowest and the highest of some keys, and all of them: rows are stored in the order of their keys."""
    return [min(keys, default=0), max(keys, default=0), sorted(keys)]


def _days(rows: Rows, *names: str) -> list[date]:
    return [row[name] for row in rows for name in names if row[name] is not None]


# --- the days a timeline can be counted from, and the part of it that is shown


class DayZero(StrEnum):
    """Where the time axis starts counting."""

    calendar = "calendar"
    diagnosis = "diagnosis"
    course_start = "course start"
    last_alemtuzumab = "last alemtuzumab"


@dataclass(frozen=True)
class Zero:
    """A day zero and the words for it: `Days from diagnosis of ITP`."""

    on: date
    words: str


def day_zeros(timeline: Timeline) -> list[DayZero]:
    """The day zeros that this patient has: without an exposure nothing is counted from it."""
    offered = [DayZero.calendar]
    if _diagnosed(timeline) is not None:
        offered.append(DayZero.diagnosis)
    if _days(timeline.courses, "started_on"):
        offered.append(DayZero.course_start)
    if _days(timeline.exposures, "started_on"):
        offered.append(DayZero.last_alemtuzumab)
    return offered


def _diagnosed(timeline: Timeline) -> Zero | None:
    found: list[tuple[date, str]] = []
    for row in timeline.episodes:
        on = row["diagnosed_on"] or row["onset_on"]
        if on is not None:
            found.append((on, row["disease"]))
    if not found:
        return None
    on, disease = min(found)
    return Zero(on, f"diagnosis of {disease}")


def zero_of(timeline: Timeline, which: DayZero, course_id: str | None = None) -> Zero | None:
    """The day zero of this patient; None means calendar dates (asked for, or the day is not recorded).

    `course_id` chooses the course for `DayZero.course_start`; without it the first course counts.
    """
    if which is DayZero.diagnosis:
        return _diagnosed(timeline)
    if which is DayZero.course_start:
        rows = [
            row
            for row in timeline.courses
            if row["started_on"] is not None and course_id in (None, row["course_id"])
        ]
        if not rows:
            return None
        first = min(rows, key=lambda row: (row["started_on"], row["course_id"]))
        line = first["line_number"]
        course = f"line {int(line)}" if line is not None else "course"
        return Zero(first["started_on"], f"start of {first['disease']} {course}")
    if which is DayZero.last_alemtuzumab:
        infused = _days(timeline.exposures, "started_on", "ended_on")
        return Zero(max(infused), "last alemtuzumab") if infused else None
    return None


class Stretch(StrEnum):
    """The part of the record that the chart shows first; the reader can move and zoom from there."""

    disease = "from diagnosis"
    whole = "whole record"
    opening = "first 90 days"
    recent = "last 12 months"


OPENING, RECENT = timedelta(days=90), timedelta(days=365)
"""Lengths of two views of the chart: the weeks in which a response is made or missed, and the last year."""


def extent(
    timeline: Timeline, stretch: Stretch = Stretch.disease, zero: Zero | None = None
) -> tuple[date, date] | None:
    """First and last day to show; None when nothing at all is dated.

    `disease` begins with the first count, course or onset of the illness, leaving out what was drawn in
    surveillance before it; `opening` is counted from day zero, or from the diagnosis without one.
    """
    illness = _days(timeline.episodes, "onset_on", "diagnosed_on") + _days(timeline.courses, "started_on")
    seen = (
        _days(timeline.courses, "stopped_on")
        + _days(timeline.observations, "observed_on")
        + _days(timeline.bleeds, "started_on")
        + _days(timeline.transfusions, "given_on")
        + _days(timeline.rescues, "given_on")
        + _days(timeline.adverse_events, "onset_on")
        + _days(timeline.other_causes, "started_on")
    )
    exposed = _days(timeline.exposures, "started_on")
    ends = [on for on in (timeline.last_contact_on, timeline.died_on) if on is not None]
    everything = illness + seen + exposed
    if not everything:
        return None
    last = max(everything + ends)
    if stretch is Stretch.recent:
        return max(last - RECENT, min(everything)), last
    if stretch is Stretch.opening:
        start = zero.on if zero is not None else min(illness or everything)
        return start, start + OPENING
    if stretch is Stretch.whole or not illness:
        return min(everything), last
    return min(illness), last


# --- the ribbon: what the calls say about each stretch of time


@dataclass(frozen=True)
class Span:
    """A stretch under one response. `until_on` is the day it ended or the last day known."""

    lane: str
    kind: str
    from_on: date
    until_on: date
    course_id: str
    words: str


@dataclass(frozen=True)
class Turn:
    """A dated turn of a call: `CR onset`, `R onset`, `PR onset`, `CR lost`, `Relapse`."""

    lane: str
    kind: str
    on: date
    course_id: str


RESPONSES = ("CR", "R", "PR")


def ribbon(timeline: Timeline, source: str = "call") -> tuple[list[Span], list[Turn]]:
    """The stored calls as stretches of time, one lane for each disease, and their dated turns.

    A response runs from its onset to its relapse, or to the day on which its duration was censored; what lies
    before the onset is not painted, because no rule says what it was. A course without response is painted
    from its start to the next course of the disease.
    """
    spans: list[Span] = []
    turns: list[Turn] = []
    courses = {row["course_id"]: row for row in timeline.courses}
    for call in timeline.calls:
        course = courses.get(call["course_id"])
        if course is not None and course["started_on"] is not None:
            painted, turned = _of_call(call, course, f"{course['disease']} {source}")
            spans += painted
            turns += turned
    order = {disease: place for place, disease in enumerate(timeline.diseases)}
    spans.sort(key=lambda span: (order.get(span.lane.split()[0], 9), span.from_on, span.until_on))
    return spans, sorted(turns, key=lambda turn: (turn.on, turn.kind))


def _of_call(call: dict[str, Any], course: dict[str, Any], lane: str) -> tuple[list[Span], list[Turn]]:
    course_id, started = call["course_id"], course["started_on"]
    until = max(started, course["until_on"] or started)
    best, onset = call["best_response"], call["onset_on"]

    def span(kind: str, start: date, end: date, words: str) -> Span:
        return Span(lane, kind, start, max(start, end), course_id, words)

    def turn(kind: str, on: date) -> Turn:
        return Turn(lane, kind, on, course_id)

    if best not in RESPONSES or onset is None:
        return [span(best, started, until, _words(call["reason"]))], []
    relapsed, cr, lost = call["relapsed_on"], call["cr_onset_on"], call["lost_cr_on"]
    days = call["duration_of_response_days"]
    end = relapsed or (onset + timedelta(days=int(days)) if days is not None else until)
    lesser = "PR" if course["disease"] == "AIHA" else "R"
    held = "with relapse" if relapsed else _words(call["censored_by"], "censored by {}")
    spans, turns = [], []
    if cr is None:
        spans.append(span(best, onset, end, held))
        turns.append(turn(f"{best} onset", onset))
    else:
        if cr > onset:
            spans.append(span(lesser, onset, cr, "with complete response"))
            turns.append(turn(f"{lesser} onset", onset))
        turns.append(turn("CR onset", cr))
        if lost is not None and lost < end:
            spans += [span("CR", cr, lost, "with its loss"), span(lesser, lost, end, held)]
            turns.append(turn("CR lost", lost))
        else:
            spans.append(span("CR", cr, end, held))
    if relapsed is not None:
        spans.append(span("Relapse", relapsed, until, "with the next course, or what is known"))
        turns.append(turn("Relapse", relapsed))
    return spans, turns


def ended(call: Mapping[str, Any]) -> str:
    """How the response of a call ended, in words; empty without a response."""
    status = call.get("duration_status")
    by = _words(call.get("censored_by"))
    return {"event": "relapse", "death": "death", "censored": f"censored: {by}"}.get(str(status), "")


def _words(code: str | None, pattern: str = "{}") -> str:
    return pattern.format(code.replace("_", " ")) if code else ""


# --- the levels of the criteria in use, as the chart draws them


@dataclass(frozen=True)
class Threshold:
    """A fixed level of a criteria set: a line across the lane of its analyte, in the canonical unit."""

    analyte: str
    value: float
    words: str


_SIGNS = {"at_least": "≥", "above": ">"}


def thresholds_of(criteria: Criteria) -> list[Threshold]:
    """The fixed levels of a criteria set; what hangs on a course's baseline is in the evidence of its call."""
    analyte = criteria.analyte.word
    found = [
        Threshold(analyte, float(value), f"{level.name} {_SIGNS[predicate]}{value}")
        for level in criteria.levels
        for predicate, value in level.all
        if predicate in _SIGNS
    ]
    below = criteria.sections["loss"].get("fall", {}).get("below")
    if below is not None:
        found.append(Threshold(analyte, float(below), f"loss <{below}"))
    return found
