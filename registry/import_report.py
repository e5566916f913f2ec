"""What an import did, or would do: counts that add up, every problem, and a verdict for every row."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from registry.errors import Problem

VERDICTS = ("insert", "identical", "new version", "refused")
INSERT, IDENTICAL, NEW_VERSION, REFUSED = range(4)
PRINTED_PROBLEMS = 50
PRINTED_NOTES = 20


@dataclass(frozen=True)
class FileCounts:
    """One file in rows: read = stored + identical + new_versions + refused.

    `not_evaluable` are those among stored and new_versions that are kept and flagged, never judged. `derived`
    rows, such as the patients that a laboratory's file names, are no rows of a file and stand in no total.
    """

    file: str
    sha256: str | None
    read: int
    stored: int
    identical: int
    new_versions: int
    not_evaluable: int
    refused: int
    derived: bool = False


@dataclass(frozen=True)
class ImportReport:
    """The answer to an import. `verdicts` has a row for every row read: file, row, verdict, reason."""

    subject: str
    dry_run: bool
    files: tuple[FileCounts, ...]
    problems: list[Problem]
    problem_count: int
    not_evaluable: Mapping[str, int]
    left_out: Mapping[str, int]
    notes: tuple[str, ...]
    verdicts: pa.Table

    def total(self, name: str) -> int:
        """The sum of one count (`read`, `stored`, …) over all rows of files."""
        return sum(getattr(one, name) for one in self.files if not one.derived)

    @property
    def changes(self) -> int:
        """Rows that are written: new facts and new versions."""
        return sum(one.stored + one.new_versions for one in self.files)

    def write_verdicts(self, path: Path) -> None:
        """The verdict on every row as a CSV file: file, row, verdict, reason."""
        pyarrow.csv.write_csv(self.verdicts, path)

    def as_json(self) -> dict[str, Any]:
        """The report without the verdicts of single rows, for `--json`."""
        return {
            "subject": self.subject,
            "dry_run": self.dry_run,
            **{name: self.total(name) for name in _COUNTS},
            "files": [asdict(one) for one in self.files],
            "not_evaluable_reasons": dict(self.not_evaluable),
            "refused_reasons": dict(self.left_out),
            "problem_count": self.problem_count,
            "problems": [asdict(one) for one in self.problems],
            "notes": list(self.notes),
        }

    def text(self) -> str:
        """The report as a person reads it."""
        verb = "would be" if self.dry_run else "were"
        lines = [f"{self.subject}: {self.total('read'):,} rows read"]
        width = max([len(one.file) for one in self.files], default=0)
        for one in self.files:
            lines.append(f"  {one.file:<{width}}  {_counted(one)}")
        lines.append(f"{_counted(self)}: {self.changes:,} rows {verb} written.")
        if self.not_evaluable:
            reasons = ", ".join(f"{reason} {count:,}" for reason, count in self.not_evaluable.items())
            lines.append(f"Kept but never judged: {reasons}.")
        if self.left_out:
            lines.append("Refused or left out:")
            lines += [f"  {count:,} x {reason}" for reason, count in self.left_out.items()]
        lines += _listed("Notes", self.notes, PRINTED_NOTES, len(self.notes))
        lines += _listed("Problems", self.problems, PRINTED_PROBLEMS, self.problem_count)
        return "\n".join(lines)


_COUNTS = ("read", "stored", "identical", "new_versions", "not_evaluable", "refused")


def _counted(counts: FileCounts | ImportReport) -> str:
    def number(name: str) -> int:
        return counts.total(name) if isinstance(counts, ImportReport) else int(getattr(counts, name))

    return (
        f"{number('stored'):,} stored, {number('identical'):,} identical, "
        f"{number('new_versions'):,} new versions, {number('refused'):,} refused "
        f"({number('not_evaluable'):,} not evaluable)"
    )


def _listed(title: str, items: Sequence[object], most: int, count: int) -> list[str]:
    if not items:
        return []
    lines = [f"{title}:", *(f"  {item}" for item in items[:most])]
    if count > most:
        lines.append(f"  … and {count - min(most, len(items)):,} more")
    return lines
