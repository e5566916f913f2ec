"""Courses of one episode that begin on one day: told at every door, never refused (DEF-ITP-28)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from registry import sql
from registry.record.checking import Checked
from registry.store.transaction import Transaction

TOLD = 20
"""So many days are told one by one."""


def tell_shared_starts(change: Transaction, checked: Checked | None) -> list[str]:
    """What to tell of the courses that are coming in, together with those that are recorded for the same episodes."""
    if checked is None or not checked.rows.num_rows:
        return []
    names = ["episode_id", "course_id", "started_on"]
    coming = checked.rows.select(names).filter(pa.array(np.logical_not(checked.wrong)))
    change.stage("intake_starts", coming.filter(pc.is_valid(coming["started_on"])))
    found = change.rows(sql.text("queries/starts_shared"))
    lines = [shared_start(courses, f"of episode {episode} ", on) for episode, on, courses in found[:TOLD]]
    if len(found) > TOLD:
        lines.append(f"Warning: on {len(found) - TOLD:,} more days several courses of one episode begin.")
    return lines


def shared_start(courses: Iterable[str], of: str, on: date | str) -> str:
    """What is told of courses that begin on one day."""
    *most, last = courses
    named = f"{', '.join(most)} and {last}"
    return (
        f"Warning: {named} {of}begin on {on}: log one course with two agents. Figures count them once, under all "
        "their agents."
    )
