"""A second course of one episode with the same start day is told at every door, and stored all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from registry import record
from registry.entry.filled import fill
from registry.entry.forms import forms
from registry.entry.shared_start import shared_of, with_shared_start
from registry.exchange.intake import import_path
from registry.roles import Actor
from registry.store.database import Database
from tests.conftest import NOW
from tests.registry.exchange.bundles import only

TODAY = NOW.date()
ADVICE = "log one course with two agents"
TABLES = {
    "patient": "patient_id,site\nK1,North\n",
    "episode": "patient_id,episode_id,disease,onset_on\nK1,E1,ITP,2026-01-01\nK1,E2,AIHA,2026-01-01\n",
    "course": "episode_id,course_id,started_on\nE1,C1,2026-01-05\nE2,C9,2026-01-05\n",
}
BOTH = TABLES | {"course": TABLES["course"] + "E1,C2,2026-01-05\n"}


def brought(db: Database, folder: Path, tables: dict[str, str], dry_run: bool = False) -> list[str]:
    report = import_path(db, db.actor(None), only(folder, **tables), today=TODAY, dry_run=dry_run)
    return [note for note in report.warnings if ADVICE in note]


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_import_tells_it(registry: Database, tmp_path: Path, dry_run: bool) -> None:
    [note] = brought(registry, tmp_path / "in", BOTH, dry_run)
    assert "C1 and C2 of episode E1 begin on 2026-01-05" in note


def test_courses_of_two_diseases_or_days_are_no_combination(registry: Database, tmp_path: Path) -> None:
    assert not brought(registry, tmp_path / "in", TABLES)
    assert not brought(
        registry, tmp_path / "more", {"course": "episode_id,course_id,started_on\nE1,C2,2026-01-06\n"}
    )


def test_what_is_recorded_is_looked_at_too(registry: Database, tmp_path: Path) -> None:
    brought(registry, tmp_path / "in", TABLES)
    more = {"course": "episode_id,course_id,started_on\nE1,C2,2026-01-05\n"}
    assert brought(registry, tmp_path / "more", more)
    moved = {"course": "episode_id,course_id,started_on\nE1,C2,2026-01-06\n"}
    assert not brought(registry, tmp_path / "moved", moved)


def test_logging_it_tells_it_and_so_does_the_correction_of_a_day(
    registry: Database, tmp_path: Path, operator: Actor
) -> None:
    brought(registry, tmp_path / "in", TABLES)
    same = {"episode_id": "E1", "course_id": "C2", "started_on": "2026-01-05"}
    written = record.write(registry, operator, [record.Fact("course", same)], today=TODAY)
    assert [hint for hint in written.hints if ADVICE in hint]
    moved = record.Fact("course", {"course_id": "C2", "started_on": "2026-01-06"}, 1)
    assert not record.write(registry, operator, [moved], today=TODAY, reason="typed").hints
    back = record.Fact("course", {"course_id": "C2", "started_on": "2026-01-05"}, 2)
    assert [
        hint
        for hint in record.write(registry, operator, [back], today=TODAY, reason="typed").hints
        if ADVICE in hint
    ]


@pytest.mark.parametrize(("day", "told"), [("5/1/26", True), ("6/1/26", False)])
def test_the_form_tells_it_while_it_is_typed(
    registry: Database, tmp_path: Path, day: str, told: bool
) -> None:
    brought(registry, tmp_path / "in", TABLES)
    texts = {"course.1.started_on": day, "agents.1.agent": "ivig"}
    filled = fill(forms()["course"], texts, today=TODAY, rows={"agents": [1]}, of={"episode_id": "E1"})
    doubt = with_shared_start(registry, filled).typed["course.1.started_on"].doubt or ""
    assert (ADVICE in doubt) is told
    assert bool(shared_of(registry, filled.facts)) is told
