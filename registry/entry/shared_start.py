"""A course that is typed with the start day of another one of its episode is doubted before anything is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from registry import sql
from registry.entry.far import doubting
from registry.entry.filled import Filled
from registry.record.shared_starts import shared_start
from registry.record.writing import Fact
from registry.store.database import Database


def shared_of(db: Database, facts: Sequence[Fact]) -> dict[int, str]:
    """By the place of a course among `facts`, which courses begin with it (DEF-ITP-28). An unread day has none."""
    found: dict[int, str] = {}
    for place, fact in enumerate(facts):
        if fact.table != "course" or fact.withdrawn or not fact.values.get("episode_id"):
            continue
        try:
            on = date.fromisoformat(str(fact.values.get("started_on")))
        except ValueError:
            continue
        begun = db.rows(sql.text("queries/starts_of_episode"), [fact.values["episode_id"], on])
        others = [name for (name,) in begun if name != fact.values.get("course_id")]
        if others:
            found[place] = shared_start(("this course", *others), "", on)
    return found


def with_shared_start(db: Database, filled: Filled) -> Filled:
    """The form with a doubt at the start of such a course. It may still be saved."""
    typed = dict(filled.typed)
    for place, text in shared_of(db, filled.facts).items():
        fact = filled.facts[place]
        field = next(
            (name for name in (f"{fact.name}.started_on", "course.1.started_on") if name in typed), None
        )
        if field is not None:
            typed[field] = doubting(typed[field], text)
    return replace(filled, typed=typed)
