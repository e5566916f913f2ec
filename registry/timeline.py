"""One patient through time, in small lists of rows: what the patient page shows and the timeline draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from adjudication.criteria import DEFAULTS, Criteria
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
"""The names of each part's rows, in the order of its query in sql/queries/timeline_*.sql."""


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
    parts: dict[str, Rows] = {}
    for part, names in COLUMNS.items():
        judged = part in ("calls", "evidence")
        if judged and not actor.may(Permission.READ_CALLS, site):
            parts[part] = []
            continue
        params = [key, list(criteria_ids)] if judged else [key]
        rows = db.rows(sql.text(f"queries/timeline_{part}"), params)
        parts[part] = [dict(zip(names, row, strict=True)) for row in rows]
    ends = [last_contact_on, died_on]
    ends += [row["observed_on"] for row in parts["observations"]] + [
        row["stopped_on"] for row in parts["courses"]
    ]
    last = max((on for on in ends if on is not None), default=None)
    for course in parts["courses"]:
        course["until_on"] = course["until_on"] or last
    return Timeline(name, site, sex, born_on, last_contact_on, died_on, death_cause, **parts)


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
