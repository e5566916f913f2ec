"""Foreign files become tables of text with the columns of the bundle; here is what they all give."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from registry.errors import Problem


@dataclass(frozen=True)
class Aside:
    """A row that is no row of the table, by its line (from 1), with the reason that is told."""

    line: int
    reason: str
    patient_id: str | None = None
    observation_id: str | None = None


@dataclass(frozen=True)
class TextTable:
    """A table of text, every column a string or None, with where it came from.

    `row_numbers` are the 1-based data rows of the file; `malformed` rows could not be read into columns;
    `left_out` counts rows that the source knowingly does not give, by reason; with `only_new` rows that are
    stored already are left as they are; `derived` rows are made from the rows of another table, so that
    they do not count as read. `lines` are the lines of the rows in an editor, and `by_line` says that problems name
    these. `not_taken` rows have no analyte of the registry or were replaced within the file, `aside` rows are refused
    without stopping the file, `repeated` rows say what an earlier row says; `notes` are for the person who imports.
    """

    texts: pa.Table
    file: str
    sha256: str | None = None
    row_numbers: NDArray[np.int64] | None = None
    malformed: tuple[Problem, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    only_new: bool = False
    derived: bool = False
    lines: NDArray[np.int64] | None = None
    by_line: bool = False
    notes: tuple[str, ...] = ()
    not_taken: tuple[Aside, ...] = ()
    aside: tuple[Aside, ...] = ()
    repeated: tuple[Aside, ...] = ()

    @classmethod
    def of(cls, name: str, table: pa.Table | TextTable) -> TextTable:
        """`table` itself, or a plain Arrow table under the file name of the bundle."""
        return table if isinstance(table, cls) else cls(table, f"{name}.csv")
