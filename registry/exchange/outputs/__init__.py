"""Formats that an export writes as a whole, one module each; `export` hands them the tables of the bundle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa


@dataclass(frozen=True)
class Outgoing:
    """A table on its way out: its types as stored, and its rows as the text of the bundle, None where empty."""

    name: str
    types: pa.Schema
    batches: Iterable[pa.RecordBatch]
    optional: bool = False
    """Without rows it is left out."""

    def rows(self) -> Iterator[tuple[str | None, ...]]:
        """Every row, its cells in the order of `types`."""
        for batch in self.batches:
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


@dataclass(frozen=True)
class About:
    """What an export says of itself: which state of the registry, judged by what, and who is left out."""

    version: str
    change: int
    """The number of the last change of the registry that the export shows."""
    changed_at: datetime
    """When that change was made, UTC without a zone."""
    criteria: tuple[tuple[str, str, str], ...]
    """(id, digest, version of the engine) of every set of criteria that made a call."""
    synthetic: bool
    left_out: int
    """Patients who refused or withdrew consent."""
