"""A call of one patient in sentences, from tables that stand in for the registry: its cost is that of the patient."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from adjudication.agents import agent_or_other
from adjudication.response.criteria import Criteria
from adjudication.response.explain import Explanation, Finding, Told, explanation
from registry import sql
from registry.store.snapshot import Snapshot

_TOLD = ("step", "source", "observed_on", "predicate", "threshold", "value", "unit", "analyte")


class Course(NamedTuple):
    """The course that was judged."""

    course_key: int
    course_id: str
    started_on: date


def explained(
    snapshot: Snapshot, patient_key: int, course: Course, call: Mapping[str, Any], criteria: Criteria
) -> Explanation:
    """The explanation of one row of `call`, stored or not.

    Reads course_agent and observation, which stand for those of the patient within the snapshot.
    """
    given = "SELECT DISTINCT agent FROM course_agent WHERE course_key = $1 ORDER BY agent"
    agents = [agent for (agent,) in snapshot.rows(given, [course.course_key])]
    pivot = snapshot.rows("SELECT observed_on FROM observation WHERE row_key = $1", [call["pivot_row_key"]])
    told = {
        **call,
        "course_id": course.course_id,
        "agents": "+".join(agents),
        "started_on": course.started_on,
        "pivot_on": pivot[0][0] if pivot else None,
    }
    names = [agent_or_other(agent).name for agent in agents]
    return explanation(
        Told.of(told, criteria.attribution_days(names)),
        _evidence(snapshot, patient_key, course, call),
        criteria,
    )


def _evidence(snapshot: Snapshot, patient_key: int, course: Course, call: Mapping[str, Any]) -> list[Finding]:
    """The evidence in the words of evidence_view."""
    snapshot.keep(
        "course", "SELECT $1::INTEGER AS course_key, $2 AS course_id", [course.course_key, course.course_id]
    )
    judged = [course.course_key, patient_key, call["criteria_id"], call["evidence"]]
    snapshot.keep("call", sql.text("queries/unsaved_call"), judged)
    _, view = sql.text("views/evidence_view").split("CREATE VIEW evidence_view AS", 1)
    query = f"SELECT * FROM ({view.rstrip().rstrip(';')}) ORDER BY position"
    return [
        Finding(id=row["observation_id"], held=row["held"] == "yes", **{name: row[name] for name in _TOLD})
        for row in snapshot.arrow(query).to_pylist()
    ]
