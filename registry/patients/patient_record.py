"""One patient's record read from the registry in small plain statements: what the patient page shows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from adjudication.response.criteria import DEFAULTS
from adjudication.response.terms import Predicate, Source, Step
from registry import sql
from registry.errors import Usage
from registry.record.consent import Refusal, refusal
from registry.record.lines import number_lines
from registry.review.blindness import sight
from registry.roles import Actor, Permission
from registry.store.database import Database

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class PatientRecord:
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
    decisions: Rows
    """The reviewers' decision that holds, in the columns of a call; it replaces the automated call everywhere."""
    calls_are_shown: bool = True
    """False for a reader who may not see calls: then nothing may hint at one."""
    unseen: frozenset[str] = frozenset()
    """Courses whose calls this reader may not see although others are shown, not even whether there is one."""
    refusal: Refusal | None = None
    """What the patient refused or withdrew; None for who did neither."""

    @property
    def diseases(self) -> tuple[str, ...]:
        """Diseases of the patient's episodes in order of onset; two of them are Evans syndrome."""
        return tuple(dict.fromkeys(row["disease"] for row in self.episodes))

    @property
    def is_evans(self) -> bool:
        return len(self.diseases) > 1

    @property
    def finals(self) -> dict[str, dict[str, Any]]:
        """The response that counts of each course that has one: the decision if one holds, else the call."""
        return {row["course_id"]: row for row in (*self.calls, *self.decisions)}


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
        "status",
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
        "held_until",
        "lost_on",
        "phase",
        "in_response_days",
        "observed_days",
        "er_7d",
        "ir_1m",
        "dr_6m",
        "rem_12m",
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
    "decisions": (
        "course_id",
        "criteria_id",
        "criteria_hash",
        "best_response",
        "reason",
        "onset_on",
        "cr_onset_on",
        "relapsed_on",
        "lost_cr_on",
        "duration_of_response_days",
        "duration_status",
        "censored_by",
        "case_id",
        "reached_by",
        "decided_at",
    ),
}
"""The names of each part's rows; the queries in sql/queries/timeline_*.sql give them in this order."""


def patient_record(
    db: Database, actor: Actor, patient_id: str, criteria_ids: Sequence[str] = tuple(DEFAULTS.values())
) -> PatientRecord:
    """Everything known now about one patient, with the calls and decisions under `criteria_ids`.

    Raises Usage if there is no such patient, NotPermitted if `actor` may not read at the patient's site; without
    the right to see calls, `calls`, `evidence` and `decisions` are empty, and a reader sees those of courses that are
    decided.
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
    visible = sight(actor, site)
    shown = visible is None or bool(visible)
    calls, evidence = read.calls(criteria_ids, visible) if shown else ([], [])
    decisions = read.decisions(criteria_ids, visible) if shown else []
    observations, adverse_events = read.part("observations"), read.adverse_events()
    ends = [last_contact_on, died_on, *days_of(observations, "observed_on"), *days_of(courses, "stopped_on")]
    last = max((on for on in ends if on is not None), default=None)
    for course in courses:
        course["until_on"] = course["until_on"] or last
    return PatientRecord(
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
        decisions=decisions,
        calls_are_shown=shown,
        unseen=frozenset(
            name for key, name in read.course_ids.items() if visible is not None and key not in visible
        ),
        refusal=refusal(db.rows, key),
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
        place_courses(courses)
        return [*known.values()], courses, agents

    def adverse_events(self) -> Rows:
        ids = dict(self.db.rows(sql.text("queries/timeline_adverse_event_keys"), [self.patient_key]))
        if not ids:
            return []
        names = ("adverse_event_key", *COLUMNS["adverse_events"][1:])
        found = self.rows("adverse_events", names, _span(ids))
        return [{"adverse_event_id": ids[row.pop("adverse_event_key")]} | row for row in found]

    def calls(self, criteria_ids: Sequence[str], visible: Sequence[int] | None) -> tuple[Rows, Rows]:
        """Calls on the courses that may be seen (by course_key; None: all), and their evidence in words."""
        params = [self.patient_key, list(criteria_ids), visible]
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

    def decisions(self, criteria_ids: Sequence[str], visible: Sequence[int] | None) -> Rows:
        """Decisions that hold on the courses that may be seen; a patient without a case costs one look by key."""
        if not self.db.rows("SELECT 1 FROM review_case WHERE patient_key = $1 LIMIT 1", [self.patient_key]):
            return []
        names = ("course_key", *COLUMNS["decisions"][1:])
        found = self.rows("decisions", names, [self.patient_key, list(criteria_ids), visible])
        return [{"course_id": self.course_ids[row.pop("course_key")]} | row for row in found]

    def _told(self, row: dict[str, Any], cited: tuple[Any, ...] | None) -> dict[str, Any]:
        source_id, analyte, comparator, value = cited or (None, None, None, None)
        dose = _STEPS[row["step"]] == "dose"
        if _SOURCES[row["source"]] == "course_agent" and not dose:
            value = None
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
            "unit": "mg/d" if dose and value is not None else UNITS.get(str(analyte)),
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


def place_courses(courses: Rows) -> None:
    """Give each course its line, and until_on: the day on which the next course for its disease began.

    `courses` are in order of start.
    """
    number_lines(courses)
    for row in courses:
        later = [
            other["started_on"]
            for other in courses
            if other["disease"] == row["disease"] and other["started_on"] > row["started_on"]
        ]
        row["until_on"] = min(later, default=None)


def _span(keys: Collection[int]) -> list[Any]:
    """The lowest and the highest of some keys, and all of them: rows are stored in the order of their keys."""
    return [min(keys, default=0), max(keys, default=0), sorted(keys)]


def days_of(rows: Rows, *names: str) -> list[date]:
    """The days that stand in the named columns of the rows."""
    return [row[name] for row in rows for name in names if row[name] is not None]
