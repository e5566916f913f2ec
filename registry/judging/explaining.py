"""A call of one patient explained, stored or not, from tables of that patient alone: its cost is that of the patient.

What would have changed a call is tried only where somebody reads the explanation: judging again with every other value
of every count costs more than the call itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from adjudication.agents import agent_or_other
from adjudication.doses import last_day, next_step
from adjudication.response.call_facts import CallFacts, JudgedAgain
from adjudication.response.changes import day_of
from adjudication.response.criteria import DEFAULTS, Criteria
from adjudication.response.engine import adjudicate
from adjudication.response.explain import Explanation, explanation
from adjudication.response.steps import Finding
from adjudication.response.terms import LEVELS, NO_DAY, Disease
from adjudication.response.what_would_change import what_would_change
from registry import sql
from registry.errors import Usage
from registry.judging.calls import criteria, patient_key_of
from registry.judging.series import Portion, read
from registry.store.database import Database
from registry.store.snapshot import Snapshot

_OF_PATIENT = ("course", "course_fact", "course_agent", "observation")
_FINDING = ("step", "source", "observed_on", "predicate", "threshold", "value", "unit", "analyte")


class Course(NamedTuple):
    """The course that was judged."""

    course_key: int
    course_id: str
    started_on: date


def explain(db: Database, course_id: str, criteria_id: str | None = None) -> Explanation:
    """The stored call of a course with its evidence and what would have changed it.

    Under `criteria_id`, else under the default criteria of the disease. Raises Usage for an unknown course or one
    that has not been judged. Nobody is asked for the right to see it: `registry.review.explain` does.
    """
    key = int(patient_key_of(db, course=course_id) or 0)
    with db.snapshot() as snapshot:
        stored = [call for call in calls_of_patient(snapshot, key) if call["course_id"] == course_id]
        disease = criteria(stored[0]["criteria_id"]).disease if stored else Disease.ITP
        one = criteria(criteria_id or DEFAULTS[disease])
        call = next((row for row in stored if row["criteria_id"] == one.id), None)
        if call is None:
            raise Usage(f"Course {course_id} has not been assessed under {one.id}. Run `nadir adjudicate`.")
        portion = read(snapshot.arrow, key, key).under(one)
        keep_patient(snapshot, key)
        course = Course(call["course_key"], course_id, call["started_on"])
        return explained(snapshot, key, course, call, one, portion)


def calls_of_patient(snapshot: Snapshot, key: int | None) -> list[dict[str, Any]]:
    """The stored calls of a patient with course_id and started_on, by course and criteria."""
    found = snapshot.arrow(sql.text("queries/calls_of_patient_to_explain"), [key])
    return [dict(row) for row in found.to_pylist()]


def keep_patient(snapshot: Snapshot, key: int | None) -> None:
    """Let tables of one patient stand in for the registry's, for `explained`.

    A call may cite counts that were amended since, so all versions of the observations stand there.
    """
    for table in _OF_PATIENT:
        snapshot.keep(table, sql.text(f"queries/{table}_of_patient"), [key])


def explained(
    snapshot: Snapshot,
    patient_key: int,
    course: Course,
    call: Mapping[str, Any],
    criteria: Criteria,
    portion: Portion | None = None,
) -> Explanation:
    """The explanation of one row of `call`, stored or not; with what would have changed it if `portion` is given.

    Reads course, course_fact, course_agent and observation, which stand for those of the patient within the snapshot;
    `portion` is what the patient's record gives under the criteria now.
    """
    given = "SELECT DISTINCT agent FROM course_agent WHERE course_key = $1 ORDER BY agent"
    agents = [agent for (agent,) in snapshot.rows(given, [course.course_key])]
    evidence = _evidence(snapshot, patient_key, course, call)
    again, is_stale = (None, False) if portion is None else _judged_again(portion, course, call, criteria)
    facts = _facts(snapshot, course, call, criteria, agents, evidence)
    return explanation(replace(facts, is_stale=is_stale), evidence, criteria, again)


def _facts(
    snapshot: Snapshot,
    course: Course,
    call: Mapping[str, Any],
    criteria: Criteria,
    agents: Sequence[str],
    evidence: Sequence[Finding],
) -> CallFacts:
    """What the sentences need of a call beside its evidence."""
    names = [agent_or_other(agent).name for agent in agents]
    flags = str(call["flags"] or "").split(";")
    wants_markers = "cr_unassessable" in flags or call["reason"] == "hemolysis_unknown"
    return CallFacts(
        course.course_id,
        call["criteria_id"],
        " + ".join(agents) or "no agent recorded",
        course.started_on,
        call["best_response"],
        call["reason"],
        call["onset_on"],
        call["cr_onset_on"],
        call["relapsed_on"],
        call["lost_cr_on"],
        call["duration_of_response_days"],
        call["duration_status"],
        call["censored_by"],
        ";".join(flag for flag in flags if flag),
        call["defaults_applied"] or "",
        criteria.attribution_days(names),
        criteria.failing_from_days(names),
        call["held_until"],
        call["lost_on"],
        tuple(name for name in names if criteria.is_unlimited([name])),
        tuple(_without_limits(snapshot, criteria, evidence)) if wants_markers else (),
        tuple(_shared_with(snapshot, course)) if "shared_start" in flags else (),
        tuple(_unreadable_doses(snapshot, course, criteria)) if "steroid_dose_unknown" in flags else (),
    )


def _judged_again(
    portion: Portion, course: Course, call: Mapping[str, Any], criteria: Criteria
) -> tuple[JudgedAgain | None, bool]:
    """What judging once more has to tell, and whether the record has changed since the call."""
    calls = adjudicate(portion.series, criteria.rule, portion.order).calls
    found = np.flatnonzero(portion.course_key[calls.course] == course.course_key)
    if not found.size:
        return None, True
    k = int(found[0])
    same = int(calls.fingerprint[k]) == call["series_fingerprint"]
    if not same or LEVELS[int(calls.level[k])].word != call["best_response"]:
        return None, True
    gap = None
    if calls.gap_from[k] != NO_DAY:
        gap = (day_of(int(calls.gap_from[k])), day_of(int(calls.gap_until[k])))
    changes = what_would_change(portion.series, criteria.rule, int(calls.course[k]))
    # What is not saved yet will get another row number, and an explanation names no row.
    return JudgedAgain(tuple(change._replace(row=0) for change in changes), gap), False


def _evidence(snapshot: Snapshot, patient_key: int, course: Course, call: Mapping[str, Any]) -> list[Finding]:
    """The evidence in the words of evidence_view, with what is known of the facts that are no counts."""
    judged = [course.course_key, patient_key, call["criteria_id"], call["evidence"]]
    snapshot.keep("call", sql.text("queries/unsaved_call"), judged)
    _, view = sql.text("views/evidence_view").split("CREATE VIEW evidence_view AS", 1)
    query = f"SELECT * FROM ({view.rstrip().rstrip(';')}) ORDER BY position"
    return [
        Finding(
            id=row["observation_id"],
            held=row["held"] == "yes",
            detail=_detail(snapshot, row),
            **{name: row[name] for name in _FINDING},
        )
        for row in snapshot.arrow(query).to_pylist()
    ]


def _detail(snapshot: Snapshot, row: Mapping[str, Any]) -> str | None:
    """What the record says of a cited fact that is no count."""
    if row["source"] == "course":
        found = snapshot.rows(sql.text("queries/course_in_words"), [row["observation_id"]])
        agents, reason = found[0] if found else (None, None)
        return (
            ", ".join(word for word in (agents, reason and f"for {reason.replace('_', ' ')}") if word) or None
        )
    if row["source"] == "other_cause":
        found = snapshot.rows("SELECT cause FROM other_cause WHERE row_key = $1", [row["row_key"]])
        return str(found[0][0]) if found else None
    return None


def _without_limits(snapshot: Snapshot, criteria: Criteria, evidence: Sequence[Finding]) -> list[Finding]:
    """Markers near the cited counts that came without the limits of their laboratory."""
    within = criteria.sections["hemolysis"]["within_days"]
    days = [one.observed_on for one in evidence if one.source == "observation" and one.step != "baseline"]
    found = snapshot.arrow(sql.text("queries/markers_without_limits")).to_pylist()
    return [
        Finding("hemolysis", "observation", **row, predicate="no_hemolysis", threshold=None, held=False)
        for row in found
        if any(abs((row["observed_on"] - day).days) <= within for day in days)
    ]


def _shared_with(snapshot: Snapshot, course: Course) -> list[str]:
    """The other courses of the episode that started on the same day."""
    return [name for (name,) in snapshot.rows(sql.text("queries/courses_of_same_start"), [course.course_key])]


def _unreadable_doses(snapshot: Snapshot, course: Course, criteria: Criteria) -> list[tuple[str, date]]:
    """Agents and first days of the corticosteroid steps without a readable dose that reach the late days."""
    days = criteria.sections["corticosteroid_dependence"]["days"]
    rows = snapshot.rows(
        "SELECT agent, started_on, stopped_on, prednisolone_mg_e6 FROM course_agent "
        "WHERE course_key = $1 AND superseded_by IS NULL AND started_on IS NOT NULL ORDER BY started_on, agent",
        [course.course_key],
    )
    steps = [("", agent, started_on) for agent, started_on, _, _ in rows]
    found = []
    for place, (agent, started_on, stopped_on, dose) in enumerate(rows):
        end = last_day(stopped_on, next_step(steps, place))
        late = end is None or (end - course.started_on).days >= days
        if dose is None and late and agent_or_other(agent).is_steroid:
            found.append((agent, started_on))
    return found
