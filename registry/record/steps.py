"""Dose steps that overlap the next step of their agent: told at every door, never refused."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from registry import sql
from registry.record.checking import Checked
from registry.store.transaction import Transaction

TOLD = 20
"""So many overlaps are told one by one."""


def tell_overlaps(change: Transaction, checked: Checked | None) -> list[str]:
    """What to tell of the steps that are coming in, together with those that are in the same courses."""
    if checked is None or not checked.rows.num_rows:
        return []
    names = ["course_id", "agent", "started_on", "stopped_on"]
    coming = checked.rows.select(names).filter(pa.array(np.logical_not(checked.wrong)))
    change.stage("intake_steps", coming.filter(pc.is_valid(coming["started_on"])))
    found = change.rows(sql.text("queries/steps_overlapping"))
    lines = [
        f"Warning: course {course}: {agent} from {started_on} is recorded until {stopped_on}, and the next step of it "
        f"begins on {next_on}. It is read until the day before: correct one of them."
        for course, agent, started_on, stopped_on, next_on in found[:TOLD]
    ]
    if len(found) > TOLD:
        lines.append(f"Warning: {len(found) - TOLD:,} more dose steps overlap the next one of their agent.")
    return lines
