"""Registries small enough to work their figures out by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from registry import cohort, review
from registry.cohort.chosen import figures
from registry.exchange.intake import import_path
from registry.roles import Actor
from registry.store.database import Database
from tests.conftest import NOW
from tests.registry.exchange.bundles import only

FIRST = date(2019, 1, 1)
TODAY = NOW.date()


def on(day: int) -> str:
    return (FIRST + timedelta(days=day)).isoformat()


def csv(*rows: dict[str, Any]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(columns)]
    lines += [
        ",".join("" if row.get(name) is None else str(row.get(name, "")) for name in columns) for row in rows
    ]
    return "\n".join(lines) + "\n"


def judged(db: Database, folder: Path, **tables: list[dict[str, Any]]) -> Database:
    """The registry with these rows, judged; brought on a fixed day, so that no row comes to lie ahead of a clock."""
    source = only(folder, **{name: csv(*rows) for name, rows in tables.items() if rows})
    import_path(db, db.actor(None), source, today=TODAY)
    review.rejudge(db, db.actor(None))
    return db


def of_one(
    *courses: dict[str, Any], counts: dict[int, int], last_contact: int | None = None
) -> dict[str, list[Any]]:
    """The tables of a patient with ITP from day 0: courses by agent and start, counts by day."""
    tables: dict[str, list[Any]] = {
        "patient": [{"patient_id": "A", "site": "North"}],
        "episode": [{"patient_id": "A", "episode_id": "E", "disease": "ITP", "onset_on": on(0)}],
        "course": [],
        "course_agent": [],
        "observation": [
            {
                "patient_id": "A",
                "observation_id": f"O{day}",
                "observed_at": on(day),
                "analyte": "platelets",
                "value": value,
                "unit": "10*9/L",
            }
            for day, value in counts.items()
        ],
    }
    if last_contact is not None:
        tables["patient"][0]["last_contact_on"] = on(last_contact)
    for number, course in enumerate(courses, start=1):
        agent = course.pop("agent")
        stopped = course.get("stopped_on")
        tables["course"].append(
            {"episode_id": "E", "course_id": f"C{number}", "ongoing": "no" if stopped else "yes", **course}
        )
        tables["course_agent"].append(
            {
                "course_id": f"C{number}",
                "agent": agent,
                "started_on": course["started_on"],
                "stopped_on": stopped,
            }
        )
    return tables


def value(db: Database, figure_id: str, actor: Actor | None = None) -> dict[str, Any]:
    found: dict[str, Any] = cohort.summary(db, actor or db.actor(None)).figure(figure_id).values()
    return found


def arm(db: Database, measure: str, group: str) -> dict[str, Any]:
    (row,) = [
        row for row in figures(db, db.actor(None)).as_json()[measure]["regimen"] if row["group"] == group
    ]
    return row
