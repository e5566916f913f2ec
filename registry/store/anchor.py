"""The anchor: a small file beside the database that remembers the head of the audit trail.

A damaged or lost write-ahead log can lose committed changes without any error, and an older copy of a
database opens like any other. The anchor is written and synced after every commit, so both are noticed.
When the registry is closed, it also remembers the digest of the whole database file, so that one altered
byte is noticed. Lines are only ever appended; old ones are dropped when the registry is closed.

A line is `kind seq digest time file_digest check`, where check guards the line itself.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from registry.errors import Damaged

KEPT_LINES = 1000
_NOTHING = "-"
_CHECK_LENGTH = 16


class Kind(StrEnum):
    """What happened when the line was written."""

    WRITING = "writing"  # from here on the file no longer has the digest it was closed with
    COMMIT = "commit"
    CLOSED = "closed"
    RESTORED = "restored"


@dataclass(frozen=True)
class Mark:
    """One line: the audit head (`seq` 0 and an empty digest before the first event) at a time (UTC).

    `file_digest` is SHA-256 of the whole database file for a closed registry; None where it was not taken.
    """

    kind: Kind
    seq: int
    digest: str
    made_at: datetime
    file_digest: str | None = None

    def line(self) -> str:
        """The mark as a line of the anchor, with its newline."""
        body = " ".join(
            [
                self.kind,
                str(self.seq),
                self.digest or _NOTHING,
                self.made_at.isoformat(),
                self.file_digest or _NOTHING,
            ]
        )
        return f"{body} {_check(body)}\n"


def parse(line: str) -> Mark:
    """The mark in a line; raises ValueError if a single character of it was altered."""
    body, _, check = line.rstrip("\n").rpartition(" ")
    if not line.endswith("\n") or check != _check(body):
        raise ValueError("the line was altered or cut off")
    kind, seq, digest, made_at, file_digest = body.split(" ")
    return Mark(
        Kind(kind),
        int(seq),
        "" if digest == _NOTHING else digest,
        datetime.fromisoformat(made_at),
        None if file_digest == _NOTHING else file_digest,
    )


def read(line: str) -> Mark:
    """The mark in a line, also where a write that was cut off left its beginning before it. Raises ValueError.

    The beginning says nothing that the chain does not hold: its commit is in the database.
    """
    try:
        return parse(line)
    except ValueError:
        places = [line.rfind(f"{kind} ", 1) for kind in Kind]
        if max(places) < 1:
            raise
        return parse(line[max(places) :])


def is_beginning(text: str, seq: int, digest: str) -> bool:
    """Whether a cut-off line is the beginning of a mark of the event `seq` with this digest."""
    told = " ".join(text.split(" ")[:3])
    return any(f"{kind} {seq} {digest or _NOTHING}".startswith(told) for kind in Kind)


class Anchor:
    """The anchor file of one database."""

    def __init__(self, database: Path) -> None:
        self.path = Path(f"{database}.anchor")

    def exists(self) -> bool:
        """True if there is an anchor."""
        return self.path.exists()

    def lines(self) -> list[str]:
        """All lines with their newlines, readable or not."""
        if not self.exists():
            return []
        return self.path.read_bytes().decode("utf-8", errors="replace").splitlines(keepends=True)

    def last(self) -> Mark | None:
        """The last mark; None without an anchor. A line that a crash cut off does not count.

        Raises Damaged if the last whole line was altered.
        """
        lines = [line for line in self.lines() if line.endswith("\n")]
        if not lines:
            return None
        try:
            return read(lines[-1])
        except ValueError as error:
            raise Damaged(
                f"The last line of {self.path} is not readable: {error}. "
                "Run `nadir verify`, then restore a backup."
            ) from error

    def torn(self) -> str:
        """What a crash left of a line: at the end of the file, or before the last line; empty if nothing."""
        lines = self.lines()
        if not lines:
            return ""
        if not lines[-1].endswith("\n"):
            return lines[-1]
        return lines[-1].removesuffix(read(lines[-1]).line())

    def heal(self) -> None:
        """Drop what a crash left of a line, once the chain was seen to hold what it was to say."""
        lines = [line for line in self.lines() if line.endswith("\n")]
        self._replace([*lines[:-1], read(lines[-1]).line()])

    def append(self, mark: Mark) -> None:
        """Add a line and wait until the disk has it; a line that cannot be written whole leaves nothing behind."""
        new = not self.exists()
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            before = os.fstat(handle).st_size
            try:
                write_all(handle, mark.line().encode())
                os.fsync(handle)
            except OSError:
                with suppress(OSError):
                    os.ftruncate(handle, before)
                raise
        finally:
            os.close(handle)
        if new:
            sync_folder(self.path.parent)

    def start_again(self, mark: Mark) -> None:
        """Replace everything by one line: only after a restore, when the old lines speak of another file."""
        self._replace([mark.line()])

    def trim(self) -> None:
        """Drop the oldest lines when there are more than twice as many as are kept."""
        lines = self.lines()
        if len(lines) > 2 * KEPT_LINES:
            self._replace(lines[-KEPT_LINES:])

    def _replace(self, lines: list[str]) -> None:
        """Write the whole anchor anew, all or nothing."""
        partial = self.path.with_name(self.path.name + ".partial")
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            try:
                write_all(handle, "".join(lines).encode())
                os.fsync(handle)
            finally:
                os.close(handle)
            partial.replace(self.path)
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        sync_folder(self.path.parent)


def write_all(handle: int, content: bytes) -> None:
    """Write every byte: the system may take fewer at a time. Raises OSError where it takes none."""
    while content:
        written = os.write(handle, content)
        if written <= 0:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        content = content[written:]


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names in `folder` (DuckDB itself never does)."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_digest(path: Path) -> str:
    """SHA-256 of a whole file, in hexadecimal. Never call it on a database that this process has open."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:_CHECK_LENGTH]
