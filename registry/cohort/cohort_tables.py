"""The tables of a cohort that its figures are counted from, made once for all of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from adjudication.agents import listed_agents
from adjudication.readings import readings_of
from adjudication.response import criteria
from adjudication.response.terms import Disease
from adjudication.toml_table import Table, published
from registry import sql
from registry.cohort.filter import Filter
from registry.cohort.scope import Scope
from registry.record.fields import TABLES
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
        snapshot.keep("cohort_patient", _patients_of(COUNTED))
        snapshot.keep("cohort_course", sql.text("queries/cohort_courses").format(responses=responses))
        snapshot.keep("cohort_event", sql.text("queries/cohort_events"))
        yield snapshot


COUNTED, REFUSED = "counted_patient_view", "refusal_view"


def left_out(snapshot: Snapshot) -> int:
    """How many patients of the cohort stand in no figure, because they refused or withdrew consent."""
    [(number,)] = snapshot.rows(f"SELECT count(*) FROM ({_patients_of(REFUSED)})")
    return int(number)


def _patients_of(consent: str) -> str:
    return sql.text("queries/cohort_patients").format(consent=consent)


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
        "severe": severe_grade(),
        "state_days": state_days(),
        "off_days": int(stopping.get("days", 0)),
        "off_levels": [
            {"name": name, "at_e6": int(Decimal(level) * 1_000_000)}
            for name, level in sorted(stopping.get("levels", {}).items())
        ],
        **{
            f"silent_on_{disease.word.lower()}": [
                one.name for one in listed_agents() if disease.word not in one.acts_on
            ]
            for disease in Disease
        },
        "related": list(_harms().possible),
    }


@dataclass(frozen=True)
class _Harms:
    """When an adverse event is severe, and which relatedness is at least possibly due to a course."""

    severe_from_grade: int
    possible: tuple[str, ...]


def parse_harms(top: Table) -> _Harms:
    """The rules of `adverse-events.toml`. Raises Unfit with every fault."""
    severe, possible = top.table("severe"), top.table("at_least_possible")
    severe.take("citation", str)
    possible.take("clause", str)
    readings_of(top)
    related = TABLES["attribution"].column("relatedness").words
    found = _Harms(severe.number("from_grade", 1, 5), possible.some_of("relatedness", related))
    top.finish()
    return found


def parse_state_days(top: Table) -> int:
    """The rule of `cohort.toml`. Raises Unfit with every fault."""
    state = top.table("state")
    state.take("cite", str)
    readings_of(top)
    days: int = state.number("days", 0, 3_660)
    top.finish()
    return days


@cache
def _harms() -> _Harms:
    return parse_harms(published("adverse-events"))


@cache
def state_days() -> int:
    """How many days before the end of follow-up a count still describes the state then (DEF-STAT-06)."""
    return parse_state_days(published("cohort"))


def severe_grade() -> int:
    """The CTCAE grade from which an adverse event is severe; severe is not the same as serious."""
    return _harms().severe_from_grade
