"""What was found wrong in one table: every row is marked, every problem counted, the first ones listed."""

from collections import Counter
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from registry.errors import Problem

LISTED_OF_A_KIND = 100
"""So many problems of one column and expectation are listed; all are counted."""

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Findings:
    """The problems of one table. `row_numbers` are the 1-based data rows of the file, in table order."""

    def __init__(self, file: str, row_numbers: Rows, lines: Rows | None = None) -> None:
        """`lines` are the lines of the rows in an editor: where given, problems name them."""
        self.file = file
        self.lines = lines
        self.row_numbers = row_numbers
        self.wrong: Mask = np.zeros(len(row_numbers), dtype=bool)
        self.problems: list[Problem] = []
        self.count = 0
        self.reasons: list[str] = [""]
        """Why rows are refused; `reason_codes` has the number of the first reason of each row, 0 for none."""
        self.reason_codes: NDArray[np.int32] = np.zeros(len(row_numbers), dtype=np.int32)
        self._kinds: Counter[tuple[str | None, str]] = Counter()

    def file_problem(self, column: str | None, value: str | None, expected: str, remedy: str) -> None:
        """A problem of the file as a whole; it lets nothing of the file through."""
        self._list(None, column, value, expected, remedy)
        self._mark(np.arange(len(self.row_numbers)), expected)

    def unread(self, problem: Problem) -> None:
        """A problem of a row that could not be read into the table at all."""
        self.count += 1
        self.problems.append(problem)

    def place(self, position: int) -> str:
        """The row at a position of the table, in words."""
        if self.lines is not None:
            return f"{self.file}, line {self.lines[position]}"
        return f"{self.file}, row {self.row_numbers[position]}"

    def add(
        self,
        rows: Rows,
        column: str | None,
        value: str | Callable[[int], str | None] | None,
        expected: str,
        remedy: str | Callable[[int], str | None],
    ) -> None:
        """The same problem in several rows (positions in the table); a function gives what differs."""
        free = max(0, LISTED_OF_A_KIND - self._kinds[(column, expected)])
        for position in rows[:free]:
            text = remedy if isinstance(remedy, str) else remedy(int(position))
            shown = value(int(position)) if callable(value) else value
            line = None if self.lines is None else int(self.lines[position])
            self._list(int(self.row_numbers[position]), column, shown, expected, text or "", line)
        self.count += max(0, len(rows) - free)
        self._mark(rows, f"{column}: {expected}" if column else expected)

    def follow(self, rows: Rows, reason: str) -> None:
        """Mark rows that are left out only because another row is wrong: no problems of their own."""
        self._mark(rows, reason)

    def _list(
        self,
        row: int | None,
        column: str | None,
        value: str | None,
        expected: str,
        remedy: str,
        line: int | None = None,
    ) -> None:
        self.count += 1
        self._kinds[(column, expected)] += 1
        shown = value if value is None or len(value) <= 80 else f"{value[:77]}..."
        self.problems.append(Problem(self.file, row, column, shown, expected, remedy, line))

    def _mark(self, rows: Rows, reason: str) -> None:
        if not len(rows):
            return
        fresh = rows[~self.wrong[rows]]
        self.reason_codes[fresh] = self._code(reason)
        self.wrong[rows] = True

    def _code(self, reason: str) -> int:
        if reason not in self.reasons:
            self.reasons.append(reason)
        return self.reasons.index(reason)
