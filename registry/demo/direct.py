"""A very large synthetic registry without reading much text: for measuring, not for showing.

A few thousand patients go through intake into a registry beside; their stored rows are then copied, moved in
time, and given new keys and ids, column by column. So every row is one that intake would have stored.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from registry.demo.load import DEFAULT_SEED, Progress, load
from registry.demo.many import DIGITS, MOVED_BY_DAYS
from registry.roles import Action, Actor
from registry.store.database import Database
from registry.store.transaction import ANCHORS, FACTS, TECHNICAL

COPIED = 4_000
"""Patients that are taken in and copied."""
COPIES_AT_ONCE = 10

Ints = NDArray[np.int64]


def fill(
    db: Database, actor: Actor, patients: int, seed: int = DEFAULT_SEED, progress: Progress | None = None
) -> int:
    """Put `patients` synthetic patients, rounded up to whole copies, into an empty registry; returns how many.

    About 40 observations a patient, one audit event for COPIES_AT_ONCE copies. The registry is marked as
    synthetic. Keys are given out from 1, so a registry that holds patients refuses.
    """
    copied = min(patients, COPIED)
    with TemporaryDirectory() as folder, Database.open(Path(folder) / "some.duckdb", create=True) as some:
        load(some, some.actor(None), copied, seed)
        stored = _Stored({name: _rows(some, name) for name in (*ANCHORS, *FACTS)}, copied)
    with db.change(actor, Action.CONFIGURE, "synthetic registry") as change:
        change.replace("registry", [{"key": "synthetic", "value": "yes"}], "key = $1", ["synthetic"])
    copies = -(-patients // copied)
    for first in range(0, copies, COPIES_AT_ONCE):
        which = np.arange(first, min(first + COPIES_AT_ONCE, copies))
        if progress:
            progress("copying synthetic patients", first * copied, copies * copied)
        rng = np.random.default_rng([seed, first])
        moved = rng.integers(-MOVED_BY_DAYS, MOVED_BY_DAYS + 1, (which.size, copied))
        subject = f"synthetic patients, copies {which[0] + 1} to {which[-1] + 1} of {copies}"
        with db.change(actor, Action.IMPORT, subject) as change:
            for name in stored.tables:
                if name != "denominator":
                    change.insert(name, stored.copies(name, which, moved))
    return copies * copied


def _rows(db: Database, name: str) -> pa.Table:
    rows = db.arrow(f'SELECT * FROM "{name}"')
    return rows.drop_columns([column for column in rows.column_names if column in TECHNICAL])


class _Stored:
    """The rows of a registry of `patients` patients whose keys run from 1, and the patient of each."""

    def __init__(self, tables: dict[str, pa.Table], patients: int) -> None:
        self.tables = tables
        self.patients = patients
        self._highest = {f"{name}_key": tables[name].num_rows for name in ANCHORS}
        self._patient_of = {"patient_key": np.arange(patients + 1)}
        for name in ANCHORS[1:]:
            keys, owners = (
                tables[name][f"{name}_key"].to_numpy(),
                self._owner(tables[name], but=f"{name}_key"),
            )
            self._patient_of[f"{name}_key"] = np.zeros(tables[name].num_rows + 1, np.int64)
            self._patient_of[f"{name}_key"][keys] = owners

    def _owner(self, rows: pa.Table, but: str = "") -> Ints:
        """The patient's key of every row, by the first key column that leads to one."""
        via = next(column for column in self._patient_of if column in rows.column_names and column != but)
        return self._patient_of[via][rows[via].to_numpy()]

    def copies(self, name: str, which: Ints, moved: Ints) -> pa.Table:
        """The copies numbered `which` of a table; `moved` has days by copy and patient."""
        rows = self.tables[name]
        place = pa.array(np.tile(np.arange(rows.num_rows), which.size))
        copy = np.repeat(np.arange(which.size), rows.num_rows)
        owner = np.tile(self._owner(rows), which.size)
        by = moved[copy, owner - 1]
        numbers = pc.cast(pa.array(owner + which[copy] * self.patients), pa.string())
        ids = pc.binary_join_element_wise("SYN-", pc.utf8_lpad(numbers, DIGITS, "0"), "")
        columns = {}
        for field in rows.schema:
            cells = rows[field.name].combine_chunks().take(place)
            if field.name in self._highest:
                cells = pa.array(cells.to_numpy() + which[copy] * self._highest[field.name])
            elif field.name.endswith("_id"):
                suffix = pc.utf8_slice_codeunits(cells, start=len("SYN-") + DIGITS)
                cells = pc.binary_join_element_wise(ids, suffix, "")
            elif pa.types.is_date(field.type):
                days = pc.add(pc.cast(cells, pa.int32()), pa.array(by.astype(np.int32)))
                cells = pc.cast(days, pa.date32())
            elif pa.types.is_timestamp(field.type):
                cells = pc.add(cells, pa.array(by.astype("timedelta64[D]").astype("timedelta64[s]")))
            columns[field.name] = cells
        return pa.table(columns)
