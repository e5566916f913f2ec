"""What an import did, or would do: counts that add up, every problem, and a verdict for every row."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa
import pyarrow.csv

from registry.errors import Problem

PRINTED_PROBLEMS = 50
PRINTED_NOTES = 20
PRINTED_VERDICTS = 200


@dataclass(frozen=True)
class FileCounts:
    """One file in rows: read = stored + identical + new_versions + not_evaluable + refused + not_taken.

    `not_taken` have no analyte of the registry, or were replaced within the file. `stored` and `new_versions` can be
    judged; `not_evaluable` are stored too, flagged with their reason, and never
    judged. `derived` rows, such as the patients that a laboratory's file names, are no rows of a file and are in
    no total.
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
    not_taken: int = 0


@dataclass(frozen=True)
class ImportReport:
    """The answer to an import. `verdicts` has a row for every row read: file, row, verdict, reason.

    `outcome` is `stored`, `refused` (nothing was), `dry run`, or `would be refused`; the counts say what became of
    the rows, or would. `doubts` name values that are written and lie far out of their patients' lines (DEF-UNIT-08).
    """

    subject: str
    dry_run: bool
    outcome: str
    files: tuple[FileCounts, ...]
    problems: list[Problem]
    problem_count: int
    not_evaluable: Mapping[str, int]
    left_out: Mapping[str, int]
    notes: tuple[str, ...]
    verdicts: pa.Table
    doubts: tuple[str, ...] = ()
    results: tuple[Mapping[str, object], ...] = ()
    """Of a dry run: each result with its values, and the value that stands now."""
    mapping: str | None = None
    mapping_sha256: str | None = None

    def total(self, name: str) -> int:
        """The sum of one count (`read`, `stored`, …) over all rows of files."""
        return sum(getattr(one, name) for one in self.files if not one.derived)

    @property
    def changes(self) -> int:
        """Rows that are written: new facts and new versions."""
        return sum(one.stored + one.new_versions + one.not_evaluable for one in self.files)

    @property
    def warnings(self) -> list[str]:
        """The notes that ask for a correction; a terminal has them on standard error too."""
        return [note for note in self.notes if note.startswith("Warning")]

    def as_json(self) -> dict[str, Any]:
        """The report for `--json`; a dry run has the verdict on every row.

        Of a refused import nothing is stored: what would have been, had nothing been wrong, is `held_back`.
        """
        counts = {**{name: self.total(name) for name in _COUNTS}, "held_back": 0}
        if self.outcome == "refused":
            written = ("stored", "new_versions", "not_evaluable")
            counts = {
                **counts,
                **dict.fromkeys(written, 0),
                "held_back": sum(counts[name] for name in written),
            }
        return {
            "subject": self.subject,
            "dry_run": self.dry_run,
            "outcome": self.outcome,
            **counts,
            "files": [asdict(one) for one in self.files],
            **(
                {"verdicts": self.verdicts.to_pylist(), "results": list(self.results)} if self.dry_run else {}
            ),
            **({"mapping": self.mapping, "mapping_sha256": self.mapping_sha256} if self.mapping else {}),
            "not_evaluable_reasons": dict(self.not_evaluable),
            "refused_reasons": dict(self.left_out),
            "problem_count": self.problem_count,
            "problems": [asdict(one) for one in self.problems],
            "notes": [*self.doubts, *self.notes],
        }

    def text(self) -> str:
        """The report as a person reads it."""
        verb = "would be" if self.dry_run else "were"
        written = (
            f"{self.changes:,} rows {verb} written"
            if "refused" not in self.outcome
            else f"nothing {verb.replace('were', 'was')} written, as long as rows are refused"
        )
        lines = [f"{self.subject}: {self.total('read'):,} rows read"]
        width = max([len(one.file) for one in self.files], default=0)
        for one in self.files:
            lines.append(f"  {one.file:<{width}}  {_counted(one)}")
        lines.append(f"{_counted(self)}: {written}.")
        if self.not_evaluable:
            reasons = ", ".join(f"{reason} {count:,}" for reason, count in self.not_evaluable.items())
            lines.append(f"Stored but not evaluable: {reasons}.")
        if self.left_out:
            lines.append("Refused or left out:")
            lines += [f"  {count:,} x {reason}" for reason, count in self.left_out.items()]
        if self.dry_run:
            values = {(one["file"], one["line"], one["observation_id"]): one for one in self.results}
            rows = [
                f"{one['file']}, line {one['line']}: {one['verdict']}"
                + (f" ({one['reason']})" if one["reason"] else "")
                + _result(values.get((one["file"], one["line"], one["observation_id"])))
                for one in self.verdicts.slice(0, PRINTED_VERDICTS).to_pylist()
            ]
            lines += _listed(
                "Row by row (all with --json, or --verdicts FILE)",
                rows,
                PRINTED_VERDICTS,
                self.verdicts.num_rows,
            )
        lines += _listed("Notes", self.notes, PRINTED_NOTES, len(self.notes))
        lines += _listed("Problems", self.problems, PRINTED_PROBLEMS, self.problem_count)
        return "\n".join(lines)


def _result(row: Mapping[str, object] | None) -> str:
    """` · P1, 2026-03-01, platelets 54 10*9/L = 54 (now 45 10*9/L)`."""
    if row is None:
        return ""
    written = " ".join(str(row[name]) for name in ("analyte", "value", "unit") if row[name])
    read = f" = {row['value_canonical']}" if row["value_canonical"] else ""
    now = f" (now {row['stored_now']})" if row["stored_now"] else ""
    return f" · {row['patient_id']}, {row['observed_on']}, {written}{read}{now}"


_COUNTS = ("read", "stored", "identical", "new_versions", "not_evaluable", "refused", "not_taken")


def _counted(counts: FileCounts | ImportReport) -> str:
    def number(name: str) -> int:
        return counts.total(name) if isinstance(counts, ImportReport) else int(getattr(counts, name))

    return (
        f"{number('stored'):,} stored, {number('identical'):,} identical, {number('new_versions'):,} new versions, "
        f"{number('not_evaluable'):,} not evaluable, {number('refused'):,} refused"
        + (f", {number('not_taken'):,} not taken" if number("not_taken") else "")
    )


def _listed(title: str, items: Sequence[object], most: int, count: int) -> list[str]:
    if not items:
        return []
    lines = [f"{title}:", *(f"  {item}" for item in items[:most])]
    if count > most:
        lines.append(f"  … and {count - min(most, len(items)):,} more")
    return lines
