"""The tables of a cohort that its figures are counted from, made once for all of them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from adjudication.agents import listed_agents
from adjudication.response import criteria
from adjudication.response.terms import Disease
from registry import sql
from registry.cohort.filter import Filter
from registry.cohort.scope import Scope
from registry.store.database import Database
from registry.store.snapshot import Snapshot


@contextmanager
def cohort_of(db: Database, scope: Scope, chosen: Filter) -> Iterator[Snapshot]:
    """One state of the registry with the tables `plan`, `cohort_patient`, `cohort_course` and `cohort_event`.

    They hold what `scope` allows; `cohort_course.chosen` tells the courses that `chosen` means.
    """
    with db.snapshot() as snapshot:
        snapshot.keep("plan", sql.text("queries/cohort_plan"), [plan_of(scope, chosen)])
        decided = snapshot.rows("SELECT 1 FROM review_decision LIMIT 1")
        responses = "final_response_view" if decided else "call_response_view"
        snapshot.keep("cohort_patient", sql.text("queries/cohort_patients"))
        snapshot.keep("cohort_course", sql.text("queries/cohort_courses").format(responses=responses))
        snapshot.keep("cohort_event", sql.text("queries/cohort_events"))
        yield snapshot


def plan_of(scope: Scope, chosen: Filter) -> dict[str, Any]:
    """The one row that all queries of a cohort read."""
    judging = chosen.judging()
    stopping = criteria.load(judging[Disease.ITP]).sections.get("off_treatment_remission", {})
    return {
        "sites": None if scope.sites is None else list(scope.sites),
        "setting": chosen.setting,
        "disease": chosen.disease,
        "regimens": list(chosen.regimens) or None,
        "line_from": chosen.line_from,
        "line_to": chosen.line_to,
        "started_from": chosen.started_from,
        "started_to": chosen.started_to,
        "itp": judging[Disease.ITP] if scope.calls else None,
        "aiha": judging[Disease.AIHA] if scope.calls else None,
        "classes": list(stopping.get("agent_classes", ())),
        "severe": int(_adverse_events()["severe"]["from_grade"]),
        "state_days": state_days(),
        "off_days": int(stopping.get("days", 0)),
        "off_levels": [
            {"name": name, "at_e6": int(Decimal(level) * 1_000_000)}
            for name, level in sorted(stopping.get("levels", {}).items())
        ],
        "silent_agents": [one.name for one in listed_agents() if Disease.ITP.word not in one.acts_on],
        "related": list(_adverse_events()["at_least_possible"]["relatedness"]),
    }


@cache
def _adverse_events() -> dict[str, Any]:
    """When an adverse event is severe, and when it is held to be due to a course."""
    return tomllib.loads((files("adjudication.published") / "adverse-events.toml").read_text("utf-8"))


@cache
def state_days() -> int:
    """How many days before the end of follow-up a count still tells of the state then (DEF-STAT-06)."""
    table = tomllib.loads((files("adjudication.published") / "cohort.toml").read_text("utf-8"))
    return int(table["state"]["days"])


def severe_grade() -> int:
    """The CTCAE grade from which an adverse event is severe; severe is not the same as serious."""
    return int(_adverse_events()["severe"]["from_grade"])
