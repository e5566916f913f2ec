"""Which regimens followed each other, line after line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from adjudication.agents import regimen_word
from registry.cohort.groups import NOT_RECORDED, Row

LINES = 4
"""Lines that are shown; what came later is counted."""
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Sequence:
    """The regimens of the first lines that `patients` share; None where no further line was needed.

    A line whose agents are not recorded is `unknown`. `more_lines` of the patients had lines beyond the
    last that is shown.
    """

    disease: str
    lines: tuple[str | None, ...]
    patients: int
    more_lines: int

    def as_row(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "disease": self.disease,
            **{f"line_{place}": line_word(regimen) for place, regimen in enumerate(self.lines, start=1)},
            "patients": self.patients,
            "with_more_lines": self.more_lines,
        }


def sequences(rows: Iterable[Row]) -> tuple[Sequence, ...]:
    """As counted, the commonest first within each disease."""
    return tuple(
        Sequence(
            row["disease"],
            tuple(row[f"line_{place}"] for place in range(1, LINES + 1)),
            row["patients"],
            row["more_lines"],
        )
        for row in rows
    )


def line_word(regimen: str | None) -> str | None:
    """The regimen of a line in words; None where there was none."""
    return NOT_RECORDED if regimen == UNKNOWN else regimen_word(regimen) if regimen else None
