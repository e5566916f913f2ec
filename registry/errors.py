"""Everything that can go wrong, in words for the person at the desk.

A message says what happened and what to do next. Each class carries the exit code of the command line:
1 the answer is no, 2 wrong usage, 3 refused and nothing stored, 4 busy, 5 not permitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from registry.visible import visible


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, and where.

    `row` is the 1-based data row (the line in the file is row + 1, because of the header); None where the
    problem is not about one row. `expected` says what would have been right, `remedy` what to do next.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    expected: str
    remedy: str
    line: int | None = None

    @property
    def place(self) -> str:
        """Where it is, in words."""
        place = visible(self.file)
        if self.line is not None:
            place += f", line {self.line}"
        elif self.row is not None:
            place += f", row {self.row}"
        if self.column is not None:
            place += f", column {visible(self.column)}"
        return place

    def __str__(self) -> str:
        found = "" if self.value is None else f" (found {self.value!r})"
        return visible(f"{self.place}: {self.expected}{found}. {self.remedy}".rstrip())


class NadirError(Exception):
    """The parent of every error that the registry raises on purpose."""

    exit_code = 2


class Usage(NadirError):
    """The call itself was wrong: an unknown name, a missing file, a forgotten reason."""

    exit_code = 2


class FaultyFile(Usage):
    """A file of settings that cannot be used; `faults` are all that is wrong in it, each with its line."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class Refused(NadirError):
    """Input was refused and nothing was stored; `problems` lists every cause, not only the first."""

    exit_code = 3

    def __init__(self, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.problems: list[Problem] = list(problems)


@dataclass(frozen=True)
class Clash:
    """A fact that somebody else wrote meanwhile, with everything needed to decide again.

    `fact` is its number, from 0, among the facts that were to be stored. `seen` is the version that the person
    had before them (None for a fact that was to be new), `current` what is there now (None: withdrawn), and
    `wanted` what was to be stored: each complete, as text, in the words of the bundle. `changed_*` say who wrote
    or withdrew what is there now, when (UTC) and why.
    """

    fact: int
    table: str
    identity: Mapping[str, str | None]
    expected_version: int
    current_version: int | None
    seen: Mapping[str, str | None] | None
    current: Mapping[str, str | None] | None
    wanted: Mapping[str, str | None]
    changed_by: str | None
    changed_at: datetime | None
    changed_because: str | None


class Conflict(Refused):
    """Somebody else changed the fact meanwhile: nothing was stored, `clashes` give both versions of each fact."""

    def __init__(
        self,
        message: str,
        *,
        expected_version: int,
        current_version: int | None,
        clashes: Sequence[Clash] = (),
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message, problems)
        self.expected_version = expected_version
        self.current_version = current_version
        self.clashes: list[Clash] = list(clashes)


class AlreadyDone(Refused):
    """A change with this idempotency key was stored before, as audit event `seq`; it was not done again."""

    def __init__(self, message: str, *, seq: int) -> None:
        super().__init__(message)
        self.seq = seq


class Busy(NadirError):
    """Another process, or another part of this one, holds the registry."""

    exit_code = 4


class Unavailable(NadirError):
    """The machine failed the registry: a full or failing disk, too little memory. What was stored stays.

    `cause` is what failed, in few words, for a caller that has more to say of what is stored and what is not.
    """

    exit_code = 4

    def __init__(self, message: str, *, cause: str | None = None) -> None:
        super().__init__(message)
        self.cause = cause or message


class NotPermitted(NadirError):
    """The account has no role that allows this here."""

    exit_code = 5


class Damaged(NadirError):
    """The registry cannot be opened, or not trusted: restore a backup, or run `nadir verify` to see where."""

    exit_code = 4
